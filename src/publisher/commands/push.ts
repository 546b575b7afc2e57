import { AppError } from "../../errors.ts";
import type { Installer } from "../../config/installer.ts";
import { formatPlatform, parsePlatform, type Platform } from "../../oci/platform.ts";
import { formatRepository, parseReference, parseRepository, type Reference } from "../../oci/reference.ts";
import { COMPRESSIONS, type Compression } from "../../release/compression.ts";
import { tagOfVersion, versionOfTag } from "../../release/versionTag.ts";
import { type Command, type CommandContext, printJson, readArguments } from "../command.ts";
import { formatBytes } from "../../format.ts";
import { readInstaller, readInstallerIfPresent } from "../installerFile.ts";
import { NETWORK_HELP, NETWORK_OPTIONS, openNetwork } from "../network.ts";
import { pushRelease, type PushResult } from "../pushRelease.ts";

const OPTIONS = {
  ...NETWORK_OPTIONS,
  include: { type: "string", multiple: true },
  entrypoint: { type: "string" },
  compression: { type: "string" },
  compat: { type: "boolean" },
  annotation: { type: "string", multiple: true },
  force: { type: "boolean" },
  config: { type: "string" },
  json: { type: "boolean" },
} as const;

export const push: Command = {
  name: "push",
  summary: "publish a version: one program or folder for each platform",
  options: OPTIONS,
  help: `Usage: slipway push HOST/NAME:VERSION PLATFORM=PATH... [OPTIONS]
       slipway push VERSION PLATFORM=PATH...      (repository from installer.json)

PATH is the program itself, or a folder that holds it. The version becomes visible at once and as a whole.
Pushing the same content again changes nothing.

  --include PATH        a file or folder that every platform gets; may be given again
  --entrypoint PATH     the program inside a folder, e.g. bin/app
  --compression KIND    zstd (default), gzip, or none, which stock clients can use as it is
  --compat              for registries that refuse unknown artifact types (GitLab)
  --annotation KEY=VALUE  on the release; may be given again. SOURCE_DATE_EPOCH sets the creation time
  --force               replace a version that exists with other content
  --config FILE         default installer.json
  --json                print JSON
${NETWORK_HELP}

Example:
  slipway push ghcr.io/example/app:1.2.0 linux/amd64=out/app darwin/arm64=out/app-mac windows/amd64=out/app.exe
`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, OPTIONS);
    const [first, ...rest] = positionals;
    if (first === undefined || first.includes("=")) {
      throw new AppError("usage", "the version to push is missing", {
        hint: "Write HOST/NAME:VERSION or VERSION first. See: slipway push --help",
      });
    }
    const { reference, version, installer } = await readTarget(first, context, values.config);
    const request = {
      reference,
      version,
      title: installer?.name ?? reference.name.split("/").at(-1) ?? reference.name,
      platforms: parsePlatforms(rest),
      includes: values.include ?? [],
      entrypoint: values.entrypoint ?? installer?.entrypoint,
      compression: parseCompression(values.compression),
      compat: values.compat ?? false,
      annotations: parseAnnotations(values.annotation ?? []),
      created: parseEpoch(context.env["SOURCE_DATE_EPOCH"]),
      force: values.force ?? false,
    };
    await using network = await openNetwork(context, values);
    const note = (text: string): void => {
      if (context.interactive) context.note(text);
    };
    const result = await pushRelease(request, { target: network.repository(reference), cwd: context.cwd, note });
    if (values.json === true) printJson(context, result);
    else context.out(describeResult(result));
  },
};

async function readTarget(
  text: string,
  context: CommandContext,
  config: string | undefined,
): Promise<{ reference: Reference; version: string; installer: Installer | undefined }> {
  const colon = text.lastIndexOf(":");
  const isReference = text.includes("/") && colon > text.lastIndexOf("/");
  const version = versionOfTag((isReference ? text.slice(colon + 1) : text).replace("+", "_"));
  if (version === undefined) {
    const named = isReference ? text.slice(colon + 1) : text;
    throw new AppError("usage", `${JSON.stringify(named)} is not a version`, {
      hint: "A release's tag is a SemVer version, such as 1.2.0 or 2.0.0-rc.1: launchers choose the newest by it.",
    });
  }
  const tag = tagOfVersion(version);
  if (!isReference) {
    const installer = await readInstaller(context.cwd, config);
    return { reference: { ...parseRepository(installer.repository), tag }, version, installer };
  }
  const reference = { ...parseReference(text.slice(0, colon)), tag };
  // Another repository's installer.json that happens to lie here says nothing about this program.
  const here = config === undefined ? await readUnasked(context) : await readInstaller(context.cwd, config);
  return {
    reference,
    version,
    installer: here?.repository === formatRepository(reference) || config !== undefined ? here : undefined,
  };
}

/** An installer.json that nobody named: a wrong one is worth a word, and no reason to stop. */
async function readUnasked(context: CommandContext): Promise<Installer | undefined> {
  try {
    return await readInstallerIfPresent(context.cwd);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    context.note(`warning: ${error.message}; it is not used\n`);
    return undefined;
  }
}

function parsePlatforms(texts: readonly string[]): { platform: Platform; path: string }[] {
  if (texts.length === 0) {
    throw new AppError("usage", "nothing to push", {
      hint: "Say for each platform where its program is: linux/amd64=out/app windows/amd64=out/app.exe",
    });
  }
  const seen = new Set<string>();
  return texts.map((text) => {
    const equals = text.indexOf("=");
    if (equals === -1 || equals === text.length - 1) {
      throw new AppError("usage", `expected PLATFORM=PATH, got ${JSON.stringify(text)}`, {
        hint: "For example: linux/amd64=out/app",
      });
    }
    const platform = parsePlatform(text.slice(0, equals));
    const name = formatPlatform(platform);
    if (seen.has(name))
      throw new AppError("usage", `${name} is given twice`, { hint: "One program or folder for each platform." });
    seen.add(name);
    return { platform, path: text.slice(equals + 1) };
  });
}

function parseCompression(text = "zstd"): Compression {
  const found = COMPRESSIONS.find((compression) => compression === text);
  if (found !== undefined) return found;
  throw new AppError("usage", `not a compression: ${JSON.stringify(text)}`, {
    hint: `Choose from: ${COMPRESSIONS.join(", ")}.`,
  });
}

function parseAnnotations(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const equals = text.indexOf("=");
      if (equals < 1)
        throw new AppError("usage", `expected KEY=VALUE, got ${JSON.stringify(text)}`, {
          hint: "For example: --annotation org.opencontainers.image.licenses=MIT",
        });
      return [text.slice(0, equals), text.slice(equals + 1)];
    }),
  );
}

/** https://reproducible-builds.org/specs/source-date-epoch: seconds. */
function parseEpoch(text: string | undefined): string | undefined {
  if (text === undefined || text === "") return undefined;
  if (!/^\d{1,11}$/.test(text))
    throw new AppError("usage", `SOURCE_DATE_EPOCH is not a number of seconds: ${JSON.stringify(text)}`);
  return new Date(Number(text) * 1000).toISOString().replace(".000Z", "Z");
}

function describeResult({ reference, digest, platforms, result, sent }: PushResult): string {
  const lines = platforms.map(({ platform, bytes }) => `  ${platform.padEnd(14)} ${formatBytes(bytes)}`);
  const what = {
    pushed: `pushed ${reference}, ${formatBytes(sent)} sent`,
    replaced: `replaced ${reference}, ${formatBytes(sent)} sent`,
    unchanged: `${reference} is there already, unchanged`,
  };
  return `${what[result]}\n${lines.join("\n")}\n  ${digest}\n`;
}
