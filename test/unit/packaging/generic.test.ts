import { mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeGenericLauncher } from "../../../src/packaging/generic.ts";
import { ownNodeOptions } from "../../../src/packaging/ownOptions.ts";
import { emptyPlaceholder } from "../../../src/packaging/stamp.ts";
import { stripElf } from "../../../src/packaging/stripElf.ts";
import { findTarget, NODE_VERSION } from "../../../src/packaging/targets.ts";
import { sampleElf } from "../../support/sampleElf.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

const linux = findTarget({ os: "linux", architecture: "amd64" });
const windows = findTarget({ os: "windows", architecture: "amd64" });

// Stands in for pkg: finds its bases where the real one does, and appends the bundle.
const PKG = `
const { readFileSync, readdirSync, writeFileSync } = require("node:fs");
const [, bundle, , target, , output] = process.argv.slice(2);
require("./sea.js").default(bundle, { targets: [target] }).catch(() => process.exit(1));
const cache = require("node:os").homedir() + "/.pkg-cache/sea/";
const base = target.includes("win") ? target.replace("node", "node-v") + ".exe" : target.replace("node", "node-v") + "/bin/node";
writeFileSync(output, Buffer.concat([readFileSync(cache + base), readFileSync(bundle)]));
`;

// As Node has it: the name of the variable that its options come from.
const OPTIONS = Buffer.from("\0NODE_OPTIONS\0", "latin1");
const BASES = [
  { target: linux, base: nodeForLinux() },
  { target: windows, base: Buffer.concat([Buffer.from("base of Windows;"), OPTIONS]) },
];

function nodeForLinux(): Buffer {
  const elf = sampleElf({ code: OPTIONS });
  expect(elf.includes(OPTIONS)).toBe(true);
  return elf;
}

/** What a launcher's base is made of Node. */
function adapted(target: typeof linux, base: Buffer): Buffer {
  const binary = Buffer.from(base);
  ownNodeOptions(binary);
  expect(binary.includes(OPTIONS)).toBe(false);
  return target === linux ? stripElf(binary) : binary;
}

// What pkg makes its blob with: it gets settings that pkg's command line does not know.
const SEA = `
exports.default = async (entry, { targets, seaConfig }) => {
  if (targets.length !== 1 || !seaConfig.execArgv.includes("--expose-internals")) throw new Error("no such settings");
};
`;

/** An installation with a pkg and with Node for two platforms. */
async function install(directory: string, pkg = PKG) {
  const modules = join(directory, "node_modules");
  await mkdir(join(modules, "@yao-pkg", "pkg"), { recursive: true });
  await writeFile(
    join(modules, "@yao-pkg", "pkg", "package.json"),
    JSON.stringify({ version: "1.0.0", bin: { pkg: "bin.js" } }),
  );
  await writeFile(join(modules, "@yao-pkg", "pkg", "bin.js"), pkg);
  await writeFile(join(modules, "@yao-pkg", "pkg", "sea.js"), SEA);
  for (const { target, base } of BASES) {
    const { nodePackage } = target;
    await mkdir(join(modules, nodePackage.name, "bin"), { recursive: true });
    await writeFile(join(modules, nodePackage.name, "package.json"), JSON.stringify({ version: NODE_VERSION }));
    await writeFile(join(modules, nodePackage.name, nodePackage.binary), base);
  }
  const bundle = join(directory, "launcher.cjs");
  await writeFile(bundle, emptyPlaceholder());
  const made: string[] = [];
  const options = {
    bundle,
    cacheDirectory: join(directory, "cache"),
    resolveFrom: join(directory, "slipway.js"),
    nodeExecutable: process.execPath,
    platform: "linux" as const,
    arch: "x64",
    env: { PATH: process.env["PATH"], NODE_OPTIONS: "--no-such-option" },
    onMake: ({ pkgTarget }: { pkgTarget: string }) => made.push(pkgTarget),
  };
  return { options, made, launchers: join(options.cacheDirectory, "launchers") };
}

test("a launcher is made once, from the base of its platform and the bundle; Linux's is stripped", async () => {
  await using directory = await temporaryDirectory();
  const { options, made } = await install(directory.path);
  const bundle = Buffer.from(emptyPlaceholder());
  for (const { target, base } of BASES) {
    const used = adapted(target, base);
    const path = await makeGenericLauncher(target, options);
    expect((await readFile(path)).equals(Buffer.concat([used, bundle]))).toBe(true);
    expect((await stat(path)).mode & 0o111).toBe(0o111);
    expect(await makeGenericLauncher(target, options)).toBe(path);
  }
  expect(made).toEqual([linux.pkgTarget, windows.pkgTarget]);
  const installed = join(directory.path, "node_modules", linux.nodePackage.name, linux.nodePackage.binary);
  expect((await readFile(installed)).equals(nodeForLinux())).toBe(true);
});

test("another bundle is another launcher", async () => {
  await using directory = await temporaryDirectory();
  const { options, made } = await install(directory.path);
  const first = await makeGenericLauncher(linux, options);
  await writeFile(options.bundle, `changed${emptyPlaceholder()}`);
  expect(await makeGenericLauncher(linux, options)).not.toBe(first);
  expect(made).toHaveLength(2);
});

test("builds at once agree on one launcher and leave nothing else", async () => {
  await using directory = await temporaryDirectory();
  const { options, launchers } = await install(directory.path);
  const paths = await Promise.all([1, 2, 3].map(async () => await makeGenericLauncher(linux, options)));
  expect(new Set(paths).size).toBe(1);
  expect(await readdir(launchers)).toHaveLength(1);
});

test("launchers of other bundles go when nobody has used them for an hour, those of this bundle stay", async () => {
  await using directory = await temporaryDirectory();
  const { options, launchers } = await install(directory.path);
  const ofBundle = async (text: string) => {
    await writeFile(options.bundle, `${text}${emptyPlaceholder()}`);
    return await makeGenericLauncher(linux, options);
  };
  const stale = await ofBundle("1");
  const used = await ofBundle("2");
  await mkdir(join(launchers, ".work-killed"));
  const own = await ofBundle("3");
  const long = new Date(Date.now() - 2 * 60 * 60 * 1000);
  for (const path of [stale, used, own, join(launchers, ".work-killed")]) await utimes(path, long, long);
  await ofBundle("2");
  await writeFile(options.bundle, `3${emptyPlaceholder()}`);
  const other = await makeGenericLauncher(windows, options);
  expect((await readdir(launchers)).map((name) => join(launchers, name)).sort()).toEqual([used, own, other].sort());
});

test("a base for Linux in a format that is not understood makes no launcher", async () => {
  await using directory = await temporaryDirectory();
  const { options, launchers } = await install(directory.path);
  const installed = join(directory.path, "node_modules", linux.nodePackage.name, linux.nodePackage.binary);
  await writeFile(installed, Buffer.concat([Buffer.from("#!/bin/sh\n"), OPTIONS]));
  await expect(makeGenericLauncher(linux, options)).rejects.toMatchObject({ code: "bad-data" });
  expect(await readdir(launchers)).toEqual([]);
});

test.each([
  {
    what: "pkg's failure is told with its last words, and the rest of its output is not",
    pkg: "for (let n = 0; n < 20; n += 1) console.log(`line ${n}.`); console.error('no blob'); process.exit(3);",
    message: /^the launcher for \S+ could not be made:\nline 15\.\n(.*\n){4}no blob$/,
  },
  { what: "a pkg that makes nothing is told", pkg: "console.log('done');", message: /could not be made:\ndone$/ },
  {
    what: "an executable without a place for the configuration is refused",
    pkg: "require('node:fs').writeFileSync(process.argv[7], 'no marker');",
    message: /has no place for a configuration/,
  },
])("$what", async ({ pkg, message }) => {
  await using directory = await temporaryDirectory();
  const { options, launchers } = await install(directory.path, pkg);
  await expect(makeGenericLauncher(linux, options)).rejects.toMatchObject({
    code: "internal",
    message: expect.stringMatching(message),
    hint: expect.any(String),
  });
  expect(await readdir(launchers)).toEqual([]);
});

test("an installation without pkg is told", async () => {
  await using directory = await temporaryDirectory();
  const { options } = await install(directory.path);
  const elsewhere = { ...options, resolveFrom: "/nowhere/slipway.js" };
  await expect(makeGenericLauncher(linux, elsewhere)).rejects.toMatchObject({
    code: "internal",
    message: expect.stringContaining("pkg"),
  });
});
