import { resolve } from "node:path";
import { CRITICAL } from "../../oci/annotations.ts";
import { AppError } from "../../errors.ts";
import type { Installer } from "../../config/installer.ts";
import { formatReference, parseReference, parseRepository, type Reference } from "../../oci/reference.ts";
import type { FetchedManifest } from "../../oci/storage.ts";
import { tagOfVersion, versionOfTag } from "../../release/versionTag.ts";
import type { ReleaseKind } from "../../trust/releaseStatement.ts";
import { findBuilt, readBuilt } from "../builtLaunchers.ts";
import { type Command, type CommandContext, printJson, readArguments } from "../command.ts";
import { formatBytes } from "../../format.ts";
import { readInstaller, readInstallerFor } from "../installerFile.ts";
import { NETWORK_HELP, NETWORK_OPTIONS, openNetwork } from "../network.ts";
import { parseArtifactFile, parseArtifactType, pushArtifact, UNKNOWN_ARTIFACT } from "../pushArtifact.ts";
import { isPlatformArgument, parseAnnotations, parseCompression, parseEpoch, parsePlatforms } from "../pushOptions.ts";
import { pushRelease, type PushTarget, type ReleaseContent } from "../pushRelease.ts";
import { openSigningKeys } from "../signingKeys.ts";
import { pushCosignSignatures, sealIndex } from "../signRelease.ts";
import type { Published } from "../staging.ts";
import { readConcurrency, TRANSFER_HELP, TRANSFER_OPTIONS } from "../transferOptions.ts";
import { showTransfer } from "../transferProgress.ts";
import { currentKeys, refuseStrangers, tagsOf } from "../trust.ts";

const OPTIONS = {
  ...NETWORK_OPTIONS,
  ...TRANSFER_OPTIONS,
  include: { type: "string", multiple: true },
  entrypoint: { type: "string" },
  compression: { type: "string" },
  compat: { type: "boolean" },
  critical: { type: "boolean" },
  "artifact-type": { type: "string" },
  annotation: { type: "string", multiple: true },
  force: { type: "boolean" },
  "sign-key": { type: "string", multiple: true },
  cosign: { type: "boolean" },
  config: { type: "string" },
  launcher: { type: "boolean" },
  out: { type: "string" },
} as const;

export const push: Command = {
  name: "push",
  summary: "publish a version for each platform, or plain files",
  options: OPTIONS,
  help: `Usage: slipway push HOST/NAME:VERSION PLATFORM=PATH... [OPTIONS]
       slipway push VERSION PLATFORM=PATH...      (repository from installer.json)
       slipway push HOST/NAME:TAG FILE[:MEDIATYPE]...
       slipway push --launcher [PLATFORM=PATH...]  (what slipway build has made)

A release has a program for each platform: PATH is the program itself, or a folder that holds it.
Without platforms the files are published as they are, and folders as tar+gzip.
Either becomes visible at once and as a whole. Pushing the same content again changes nothing.

  --include PATH        a file or folder that every platform gets; may be given again
  --entrypoint PATH     the program inside a folder, e.g. bin/app
  --compression KIND    zstd (default), gzip, or none, which stock clients can use as it is
  --compat              for registries that refuse unknown artifact types (GitLab)
  --critical            a start waits for this release, five minutes at most, rather than fetch it behind
  --artifact-type TYPE  of plain files: what they are together
  --annotation KEY=VALUE  may be given again. SOURCE_DATE_EPOCH sets the creation time
  --sign-key FILE       sign it (a file, or env://NAME); may be given again. See: slipway keygen
  --cosign              with --sign-key: sign it for cosign too
  --force               replace a version that exists with other content
  --config FILE         default installer.json
  --launcher            publish launchers, for those that are installed to update themselves
  --out DIR             where they are, default dist
${TRANSFER_HELP}
${NETWORK_HELP}

Examples:
  slipway push ghcr.io/example/app:1.2.0 linux/amd64=out/app darwin/arm64=out/app-mac windows/amd64=out/app.exe
  slipway push ghcr.io/example/logo:latest logo.svg:image/svg+xml README.md --artifact-type image/svg+xml
`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, OPTIONS);
    if (values.launcher === true) return await runLaunchers(positionals, values, context);
    refuseOptions(values, ["out"], "is for --launcher");
    const [first, ...rest] = positionals;
    if (first === undefined || isPlatformArgument(first, context.cwd)) {
      throw new AppError("usage", "the version to push is missing", {
        hint: "Write HOST/NAME:VERSION or VERSION first. See: slipway push --help",
      });
    }
    if (rest.length === 0) {
      throw new AppError("usage", "nothing to push", {
        hint: "Say for each platform where its program is: linux/amd64=out/app windows/amd64=out/app.exe",
      });
    }
    const run = { first, rest, values, context };
    if (rest.some((text) => isPlatformArgument(text, context.cwd))) await runRelease(run);
    else await runArtifact(run);
  },
};

type Values = ReturnType<typeof readArguments<typeof OPTIONS>>["values"];

interface Run {
  readonly first: string;
  readonly rest: readonly string[];
  readonly values: Values;
  readonly context: CommandContext;
}

async function runRelease({ first, rest, values, context }: Run): Promise<void> {
  refuseOptions(values, ["artifact-type"], "is for plain files; a release has its own");
  const { reference, version, installer } = await readTarget(first, context, values.config);
  const kind = "program";
  const release: ReleaseContent = {
    reference,
    version,
    title: installer?.name ?? reference.name.split("/").at(-1) ?? reference.name,
    platforms: parsePlatforms(rest),
    includes: values.include ?? [],
    entrypoint: values.entrypoint ?? installer?.entrypoint,
    compression: parseCompression(values.compression ?? "zstd"),
  };
  await publish(release, { kind, installer, values, context });
}

/** Raw files, so that the link to one is a download link. */
async function runLaunchers(positionals: readonly string[], values: Values, context: CommandContext): Promise<void> {
  const others = ["include", "entrypoint", "compression", "artifact-type"] as const;
  refuseOptions(values, others, "is for the program, not for its launchers");
  const installer = await readInstaller(context.cwd, values.config);
  const folder = resolve(context.cwd, values.out ?? "dist");
  const given = parsePlatforms(positionals).map(({ platform, path }) => ({
    platform,
    path: resolve(context.cwd, path),
  }));
  const release = await readBuilt(installer, given.length > 0 ? given : findBuilt(installer, folder));
  await publish(release, { kind: "launcher", installer, values, context });
}

interface Publishing extends Pick<Run, "values" | "context"> {
  readonly kind: ReleaseKind;
  readonly installer: Installer | undefined;
}

async function publish(release: ReleaseContent, { kind, installer, values, context }: Publishing): Promise<void> {
  const signers = await openSigningKeys(values["sign-key"] ?? [], context);
  if (signers.length > 0 && installer === undefined)
    throw new AppError("usage", "whose release is it? No installer.json here is about that repository", {
      hint: "The program's id is signed too: name the file with --config, or sign afterwards: slipway sign REFERENCE --id ID",
    });
  if (values.cosign === true && signers.length === 0)
    throw new AppError("usage", "--cosign needs a key to sign with", { hint: "Name one: --sign-key FILE" });
  const request = {
    ...release,
    compat: values.compat ?? false,
    annotations: {
      ...parseAnnotations(values.annotation ?? []),
      ...(values.critical === true ? { [CRITICAL]: "true" } : {}),
    },
    created: parseEpoch(context.env["SOURCE_DATE_EPOCH"]),
    force: values.force ?? false,
  };
  const { reference, version } = request;
  const result = await send(reference, { values, context }, async (to) => {
    const { target } = to;
    if (signers.length === 0 || installer === undefined) return await pushRelease(request, to);
    refuseStrangers(signers, await currentKeys(installer, target, await tagsOf(target)));
    const statement = { id: installer.id, kind, version, created: new Date().toISOString() };
    const { tag = "" } = reference;
    let signed: FetchedManifest | undefined;
    const pushed = await pushRelease(request, {
      ...to,
      async seal(index) {
        const sealed = await sealIndex(target, index, { ...statement, tag, signers });
        signed = sealed.index;
        return sealed;
      },
    });
    if (values.cosign === true && signed !== undefined)
      await pushCosignSignatures(target, signed, { reference, signers });
    return pushed;
  });
  if (signers.length === 0 && installer?.trust !== undefined)
    context.note(
      `warning: it is not signed, so that launchers with installer.json's keys will not take it. Sign it: slipway sign ${formatReference(reference)} --key FILE\n`,
    );
  const lines = result.platforms.map(({ platform, bytes }) => `  ${platform.padEnd(14)} ${formatBytes(bytes)}`);
  if (values.json === true) printJson(context, result);
  else context.out(describeResult(result, lines));
}

async function runArtifact({ first, rest, values, context }: Run): Promise<void> {
  const why = "is for releases; to publish one, say for each platform where its program is: linux/amd64=out/app";
  const others = [
    "include",
    "entrypoint",
    "compression",
    "compat",
    "critical",
    "config",
    "sign-key",
    "cosign",
  ] as const;
  refuseOptions(values, others, why);
  const reference = parseReference(first);
  if (reference.tag === undefined)
    throw new AppError("usage", `${first} names no tag`, { hint: "Write HOST/NAME:TAG." });
  const request = {
    reference,
    files: rest.map((text) => parseArtifactFile(text, context.cwd)),
    artifactType: parseArtifactType(values["artifact-type"] ?? UNKNOWN_ARTIFACT),
    annotations: parseAnnotations(values.annotation ?? []),
    created: parseEpoch(context.env["SOURCE_DATE_EPOCH"]),
    force: values.force ?? false,
  };
  const result = await send(reference, { values, context }, async (target) => await pushArtifact(request, target));
  const width = Math.max(...result.files.map(({ title }) => title.length));
  const lines = result.files.map(({ title, bytes }) => `  ${title.padEnd(width)} ${formatBytes(bytes)}`);
  if (values.json === true) printJson(context, result);
  else context.out(describeResult(result, lines));
}

async function send<Result>(
  reference: Reference,
  { values, context }: Pick<Run, "values" | "context">,
  act: (target: PushTarget) => Promise<Result>,
): Promise<Result> {
  await using network = await openNetwork(context, values);
  using progress = showTransfer(context, "pushing");
  return await act({
    target: network.repository(reference),
    cwd: context.cwd,
    concurrency: readConcurrency(values),
    onEvent: progress.onEvent,
  });
}

function refuseOptions(values: Values, names: readonly (keyof Values)[], why: string): void {
  const given = names.find((name) => values[name] !== undefined);
  if (given !== undefined) throw new AppError("usage", `--${given} ${why}`, { hint: "See: slipway push --help" });
}

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
  return { reference, version, installer: await readInstallerFor(reference, { context, config }) };
}

function describeResult({ reference, digest, result, sent }: Published, lines: readonly string[]): string {
  const what = {
    pushed: `pushed ${reference}, ${formatBytes(sent)} sent`,
    replaced: `replaced ${reference}, ${formatBytes(sent)} sent`,
    unchanged: `${reference} is there already, unchanged`,
  };
  return `${what[result]}\n${lines.join("\n")}\n  ${digest}\n`;
}
