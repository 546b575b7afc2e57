import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, link, mkdir, readdir, readlink, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";

/*
 * A prefix holds the system's files, 700 MB of them, and takes wine seconds to make: one is made for all tests. Others
 * share its files in `windows`, which nothing writes to, and have the rest for themselves.
 */

// Tests, and the crash harness, are started in the project's folder.
const CACHE = join("node_modules", ".cache", "slipway-wine");

/** What wine is told whoever runs it. */
export const WINE = {
  USER: "person",
  // Of its own troubles, those that end a process before it begins.
  WINEDEBUG: "-all,err+virtual",
  // Neither .NET nor a browser is wanted, and wine would ask for both.
  WINEDLLOVERRIDES: "mscoree,mshtml=",
  LC_ALL: "C.UTF-8",
} as const;

// Asked for once.
let isFixed: boolean | undefined;

/**
 * The words that start one of wine's programs. Its loader stands at a fixed address, and newer Linux puts the heap
 * anywhere in the gigabyte behind it: about once in two thousand starts on the page that Windows programs have in
 * common, and the process ends with 1 before it began. Without randomization, which not every container may switch off,
 * the heap is where it was.
 */
export function wineWords(command: string, args: readonly string[]): [command: string, args: string[]] {
  isFixed ??= spawnSync("setarch", ["-R", "true"]).status === 0;
  return isFixed ? ["setarch", ["-R", command, ...args]] : [command, [...args]];
}

/** Makes the prefix that others are copied from, unless this version of wine has one. Does nothing without wine. */
export async function prepareWinePrefix(): Promise<void> {
  const template = templateOf(wineVersion());
  if (template === undefined || existsSync(template)) return;
  const beside = `${template}.${process.pid}`;
  const [prefix, home] = [join(beside, "wine"), join(beside, "home")];
  await mkdir(home, { recursive: true });
  const env = { ...WINE, PATH: process.env["PATH"], HOME: home, WINEPREFIX: prefix };
  for (const [command, ...args] of [
    ["wineboot", "-i"],
    ["winecfg", "-v", "win10"],
    ["wineserver", "-w"],
  ] as const)
    execFileSync(...wineWords(command, args), { env, stdio: "ignore" });
  await rename(beside, template);
}

/** A prefix like the one that was prepared. Links of the person's folders lead to their home. */
export async function copyWinePrefix(prefix: string, home: string): Promise<void> {
  const template = templateOf(wineVersion());
  if (template === undefined || !existsSync(template)) throw new Error("no prefix of wine was prepared");
  const from = join(template, "wine");
  const shared = join(from, "drive_c", "windows");
  await cp(from, prefix, { recursive: true, verbatimSymlinks: true, filter: (path) => path !== shared });
  for (const entry of await readdir(shared, { recursive: true, withFileTypes: true })) {
    const source = join(entry.parentPath, entry.name);
    const target = join(prefix, source.slice(from.length));
    await mkdir(entry.isDirectory() ? target : dirname(target), { recursive: true });
    if (entry.isFile()) await link(source, target);
  }
  const users = join(prefix, "drive_c", "users");
  for (const entry of await readdir(users, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    if ((await readlink(path)).startsWith("/")) {
      await rm(path);
      await symlink(home, path);
    }
  }
}

function templateOf(version: string | undefined): string | undefined {
  return version === undefined ? undefined : join(process.cwd(), CACHE, version.replaceAll(/[^\w.-]+/g, "-"));
}

function wineVersion(): string | undefined {
  const { status, stdout } = spawnSync("wine", ["--version"], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}
