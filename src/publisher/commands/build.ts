import { fileURLToPath } from "node:url";
import { relative, resolve } from "node:path";
import { AppError } from "../../errors.ts";
import { placesOf } from "../../config/places.ts";
import { formatPlatform, parsePlatform } from "../../oci/platform.ts";
import { buildLaunchers } from "../../packaging/buildLaunchers.ts";
import { findTarget, hostTarget, TARGETS } from "../../packaging/targets.ts";
import { parseVersionRequest } from "../../release/versionRequest.ts";
import { type Command, printJson, readArguments } from "../command.ts";
import { formatBytes } from "../../format.ts";
import { readInstaller } from "../installerFile.ts";

// The build puts the launcher beside the CLI.
const BUNDLE = fileURLToPath(new URL("./launcher.cjs", import.meta.url));

const OPTIONS = {
  config: { type: "string" },
  platform: { type: "string", multiple: true },
  out: { type: "string" },
  json: { type: "boolean" },
} as const;

export const build: Command = {
  name: "build",
  summary: "make the file to double-click, one for each platform",
  options: OPTIONS,
  help: `Usage: slipway build [--config FILE] [--platform OS/ARCH]... [--out DIR]

Writes one file for each platform: a launcher that carries your installer.json.

  --config FILE         default installer.json
  --platform OS/ARCH    one of ${TARGETS.map(({ platform }) => formatPlatform(platform)).join(", ")};
                        may be given again, or be "all"; default: this computer's
  --out DIR             default dist
  --json                print JSON

The first build for a platform makes a launcher and keeps it (about ten seconds);
after that a build is a copy.

Example:
  slipway build --platform windows/amd64 --platform linux/amd64
`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, OPTIONS);
    if (positionals.length > 0)
      throw new AppError("usage", `expected no argument, got ${JSON.stringify(positionals[0])}`, {
        hint: "See --help.",
      });
    const installer = await readInstaller(context.cwd, values.config);
    // The launcher would find out on a stranger's computer.
    parseVersionRequest(installer.version);
    const built = await buildLaunchers({
      installer,
      targets: selectTargets(values.platform),
      outDirectory: resolve(context.cwd, values.out ?? "dist"),
      bundle: BUNDLE,
      resolveFrom: fileURLToPath(import.meta.url),
      cacheDirectory: context.env["SLIPWAY_CACHE"] ?? placesOf("slipway").cache,
      nodeExecutable: process.execPath,
      platform: process.platform,
      arch: process.arch,
      env: context.env,
      onMake: ({ platform }) => context.note(`making the launcher for ${formatPlatform(platform)}, once\n`),
    });
    if (values.json === true) return printJson(context, { launchers: built });
    for (const { path, platform, size, warning } of built) {
      context.out(`${relative(context.cwd, path)}  ${platform}  ${formatBytes(size)}\n`);
      if (warning !== undefined) context.note(`warning: ${relative(context.cwd, path)}: ${warning}\n`);
    }
  },
};

function selectTargets(wanted: readonly string[] | undefined) {
  if (wanted === undefined) return [hostTarget(process.platform, process.arch)];
  if (wanted.includes("all")) return TARGETS;
  const targets = new Set(wanted.map((text) => findTarget(parsePlatform(text))));
  return [...targets];
}
