import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { placesOf } from "../../config/places.ts";
import type { Installer } from "../../config/installer.ts";
import { AppError } from "../../errors.ts";
import { formatBytes } from "../../format.ts";
import { formatPlatform, parsePlatform } from "../../oci/platform.ts";
import type { BuiltLauncher } from "../../packaging/buildLaunchers.ts";
import { makeGenericLauncher } from "../../packaging/generic.ts";
import { findTarget, hostTarget, type Target, TARGETS } from "../../packaging/targets.ts";
import { parseVersionRequest } from "../../release/versionRequest.ts";
import { VERSION } from "../../version.ts";
import { bundleRelease } from "../bundleRelease.ts";
import { type Command, type CommandContext, noMoreArguments, printJson, readArguments } from "../command.ts";
import { copyGenerics } from "../genericLaunchers.ts";
import { readIconFile } from "../iconFile.ts";
import { readInstaller } from "../installerFile.ts";
import { openLauncherSource } from "../launcherSource.ts";
import { NETWORK_HELP, NETWORK_OPTIONS, openNetwork } from "../network.ts";
import { openSource, parsePlace } from "../place.ts";

// The build puts the launcher beside the CLI.
const BUNDLE = fileURLToPath(new URL("./launcher.cjs", import.meta.url));

const OPTIONS = {
  ...NETWORK_OPTIONS,
  config: { type: "string" },
  platform: { type: "string", multiple: true },
  out: { type: "string" },
  bundle: { type: "boolean" },
  installer: { type: "string" },
  launchers: { type: "string" },
  generic: { type: "boolean" },
  json: { type: "boolean" },
} as const;

export const build: Command = {
  name: "build",
  summary: "make the file to double-click, one for each platform",
  options: OPTIONS,
  help: `Usage: slipway build [--config FILE] [--platform OS/ARCH]... [--out DIR] [OPTIONS]

Writes one file for each platform: a launcher that carries your installer.json, with your icon and
name. For Windows that is an .exe, for Mac an app in a zip, for Linux the program itself.

  --config FILE         default installer.json
  --platform OS/ARCH    one of ${TARGETS.map(({ platform }) => formatPlatform(platform)).join(", ")},
                        or "host" for this computer's; may be given again; default: all
  --out DIR             default dist
  --bundle              the file also carries the current release, so that a first start needs no network
  --installer nsis      for Windows also a compressed file that does the same (needs makensis)
  --launchers PLACE     take launchers from a folder or a release of them, instead of making them
  --generic             make launchers that carry no program, for --launchers
  --json                print JSON
${NETWORK_HELP}

The first build for a platform makes a launcher and keeps it (about ten seconds);
after that a build takes a second or two.

Examples:
  slipway build
  slipway build --platform windows/amd64 --bundle
  slipway build --generic --out launchers
`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, OPTIONS);
    noMoreArguments(positionals, "no argument");
    const run: Run = { values, context, targets: selectTargets(values.platform) };
    const out = resolve(context.cwd, values.out ?? "dist");
    const built = values.generic === true ? await buildGeneric(run, out) : await buildForApp(run, out);
    if (values.json === true) return printJson(context, { launchers: built });
    for (const { path, platform, size } of built)
      context.out(`${relative(context.cwd, path)}  ${platform}  ${formatBytes(size)}\n`);
    for (const { path, warning } of built)
      if (warning !== undefined) context.note(`warning: ${relative(context.cwd, path)}: ${warning}\n`);
  },
};

interface Run {
  readonly values: ReturnType<typeof readArguments<typeof OPTIONS>>["values"];
  readonly context: CommandContext;
  readonly targets: readonly Target[];
}

async function buildGeneric(run: Run, out: string): Promise<BuiltLauncher[]> {
  const provide = genericProvider(run.context);
  return await copyGenerics(run.targets, { out, provide });
}

async function buildForApp({ values, context, targets }: Run, out: string): Promise<BuiltLauncher[]> {
  const installer = await readInstaller(context.cwd, values.config);
  // The launcher would find out on a stranger's computer.
  parseVersionRequest(installer.version);
  // Most of the program is what draws icons and writes executables: no other command, and no help page, needs it.
  const { buildLaunchers } = await import("../../packaging/buildLaunchers.ts");
  await mkdir(out, { recursive: true });
  const work = await mkdtemp(join(out, ".work-"));
  await using network = await openNetwork(context, values);
  try {
    const options = { cwd: context.cwd, network, cacheDirectory: cacheOf(context), platform: process.platform };
    return await buildLaunchers({
      installer,
      launcherVersion: installer.launcherVersion ?? VERSION,
      icon: await readIconFile(installer, dirname(resolve(context.cwd, values.config ?? "installer.json"))),
      targets,
      outDirectory: out,
      compact: readInstallerKind(values.installer),
      signing: { platform: process.platform, env: context.env },
      provideGeneric:
        values.launchers === undefined ? genericProvider(context) : openLauncherSource(values.launchers, options),
      provideRelease:
        values.bundle === true
          ? async (target) => await bundleFor(target, { installer, work, network, cwd: context.cwd })
          : undefined,
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function bundleFor(
  { platform }: Target,
  { installer, work, ...opening }: { installer: Installer; work: string } & Parameters<typeof openSource>[1],
): Promise<string> {
  await using source = await openSource(parsePlace(installer.repository), opening);
  const file = join(work, `${platform.os}-${platform.architecture}.tar`);
  await bundleRelease(source.storage, { installer, platform, file });
  return file;
}

function genericProvider(context: CommandContext): (target: Target) => Promise<string> {
  return async (target) =>
    await makeGenericLauncher(target, {
      bundle: BUNDLE,
      resolveFrom: fileURLToPath(import.meta.url),
      cacheDirectory: cacheOf(context),
      nodeExecutable: process.execPath,
      platform: process.platform,
      arch: process.arch,
      env: context.env,
      onMake: ({ platform }) => context.note(`making the launcher for ${formatPlatform(platform)}, once\n`),
    });
}

function readInstallerKind(kind: string | undefined): boolean {
  if (kind === undefined) return false;
  if (kind === "nsis") return true;
  throw new AppError("usage", `there is no installer ${JSON.stringify(kind)}`, { hint: "Write: --installer nsis" });
}

function selectTargets(wanted: readonly string[] | undefined): readonly Target[] {
  if (wanted === undefined || wanted.includes("all")) return TARGETS;
  const targets = new Set(
    wanted.map((text) =>
      text === "host" ? hostTarget(process.platform, process.arch) : findTarget(parsePlatform(text)),
    ),
  );
  return [...targets];
}

function cacheOf({ env, home }: CommandContext): string {
  return env["SLIPWAY_CACHE"] ?? placesOf("slipway", { platform: process.platform, env, homedir: () => home }).cache;
}
