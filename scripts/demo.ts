// The main job, shown on a real program: run with `npm run demo`.
// It uses the built CLI and a compiled launcher, a registry on loopback, and a home folder that it throws away.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { styleText } from "node:util";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const work = mkdtempSync(join(tmpdir(), "slipway-demo-"));
const home = join(work, "home");
// esbuild is a Go program of 10 MB with a binary for every system, in many versions, in npm.
const OLD = "0.25.0";
const NEW = "0.25.5";
const PLATFORMS: Readonly<Record<string, string>> = {
  "linux/amd64": "linux-x64",
  "linux/arm64": "linux-arm64",
  "darwin/arm64": "darwin-arm64",
  "darwin/amd64": "darwin-x64",
  "windows/amd64": "win32-x64",
};
const ID = "com.example.esbuild";
// The launcher keeps its files where each system has them; here that is below the thrown-away home.
const env = {
  ...process.env,
  HOME: home,
  USERPROFILE: home,
  LOCALAPPDATA: join(home, "AppData", "Local"),
  APPDATA: join(home, "AppData", "Roaming"),
  XDG_DATA_HOME: join(home, ".local", "share"),
  XDG_CONFIG_HOME: join(home, ".config"),
  LC_ALL: "en",
  SLIPWAY_PROGRESS: "always",
  SLIPWAY_CACHE: join(root, "node_modules", ".cache", "slipway"),
};

let registry: ChildProcess | undefined;
try {
  await demo();
} finally {
  registry?.kill();
  rmSync(work, { recursive: true, force: true });
}

async function demo(): Promise<void> {
  mkdirSync(home, { recursive: true });
  say("A developer has a program for five platforms: here it is esbuild, fetched from npm in two versions.");
  for (const version of [OLD, NEW]) fetchPrograms(version);

  say("They keep it in an OCI registry. Any will do; this one is built into Slipway.");
  const address = await startRegistry();
  const repository = `${address}/example/esbuild`;

  say(`The developer publishes version ${OLD}: one program for each platform, one command.`);
  publish(repository, OLD);

  say("They describe the program once, in installer.json, and build the one file that people get.");
  const installer = { id: ID, name: "esbuild", publisher: "Example Inc.", repository };
  writeFileSync(join(work, "installer.json"), `${JSON.stringify(installer, undefined, 2)}\n`);
  const { launchers } = JSON.parse(slipway(["build", "--platform", "host", "--json"], "quiet")) as {
    launchers: { path: string; size: number }[];
  };
  const launcher = launchers[0];
  if (launcher === undefined) throw new Error("slipway build made no launcher");
  console.log(`${relative(work, launcher.path)}, ${(launcher.size / 1e6).toFixed(0)} MB`);

  say("A person double-clicks the file. Nothing is installed yet: it fetches the program and becomes it.");
  launch(launcher.path, OLD);

  say(`The developer publishes version ${NEW}. Nobody has to be told.`);
  publish(repository, NEW);

  say("The person starts the same file again: it sees the newer version, updates, and becomes that.");
  launch(launcher.path, NEW);

  say(`Somebody wants the old version: they pin it in their installer.json. It is still there, so nothing is fetched.`);
  const overrides = overridesFile(launcher.path);
  mkdirSync(dirname(overrides), { recursive: true });
  writeFileSync(overrides, `${JSON.stringify({ version: OLD })}\n`);
  launch(launcher.path, OLD);

  say("The pin is taken out: the next start is the newest version again.");
  rmSync(overrides);
  launch(launcher.path, NEW);

  say("The registry is gone, as on a train. What was installed runs all the same.");
  registry?.kill();
  await new Promise((resolve) => registry?.once("exit", resolve));
  launch(launcher.path, NEW);

  say("That was all of it: one file, a registry, and no server of anybody's.");
}

function fetchPrograms(version: string): void {
  for (const name of Object.values(PLATFORMS)) {
    const directory = join(work, version, name);
    mkdirSync(directory, { recursive: true });
    run("npm", ["pack", "--silent", `@esbuild/${name}@${version}`], { cwd: directory });
    run("tar", ["xzf", `esbuild-${name}-${version}.tgz`], { cwd: directory });
    console.log(`@esbuild/${name} ${version}`);
  }
}

function programOf(version: string, name: string): string {
  const file = name.startsWith("win32") ? "esbuild.exe" : join("bin", "esbuild");
  return join(version, name, "package", file);
}

function publish(repository: string, version: string): void {
  const programs = Object.entries(PLATFORMS).map(([platform, name]) => `${platform}=${programOf(version, name)}`);
  slipway(["push", `${repository}:${version}`, ...programs], "shown");
}

async function startRegistry(): Promise<string> {
  const args = [
    join(root, "dist", "slipway.js"),
    "registry",
    "--port",
    "0",
    "--data",
    join(work, "registry"),
    "--json",
  ];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  registry = child;
  let text = "";
  for await (const chunk of child.stdout) {
    text += String(chunk);
    if (!text.trimEnd().endsWith("}")) continue;
    const { address } = JSON.parse(text) as { address: string };
    console.log(`$ slipway registry --data registry\nregistry at ${address}`);
    return address;
  }
  throw new Error("the registry did not start");
}

function slipway(args: readonly string[], output: "shown" | "quiet"): string {
  console.log(`$ slipway ${args.map((argument) => argument.replaceAll(`${work}/`, "")).join(" ")}`);
  const text = run(process.execPath, [join(root, "dist", "slipway.js"), ...args], { cwd: work });
  if (output === "shown") process.stdout.write(text);
  return text;
}

function launch(file: string, expected: string): void {
  console.log(`$ ${relative(work, file)} --version`);
  const { status, stdout } = spawnSync(file, ["--version"], {
    env,
    encoding: "utf8",
    stdio: ["inherit", "pipe", "inherit"],
  });
  process.stdout.write(styleText("bold", stdout));
  if (status !== 0 || stdout.trim() !== expected)
    throw new Error(`expected esbuild ${expected}, got ${JSON.stringify(stdout)} and exit code ${status}`);
}

function overridesFile(file: string): string {
  const status = execFileSync(file, ["--launcher", "status", "--json"], { env, encoding: "utf8" });
  return (JSON.parse(status) as { overrides: string }).overrides;
}

function run(command: string, args: readonly string[], { cwd }: { cwd: string }): string {
  const windows = process.platform === "win32" && command === "npm";
  const done = spawnSync(windows ? "npm.cmd" : command, args, {
    cwd,
    env: command === "npm" ? process.env : env,
    encoding: "utf8",
    shell: windows,
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (done.status !== 0) throw new Error(`${command} ${args.join(" ")} failed with exit code ${done.status}`);
  return done.stdout;
}

function say(text: string): void {
  console.log(`\n${styleText("cyan", text)}`);
}
