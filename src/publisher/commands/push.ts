import { resolve } from "node:path";
import { CRITICAL } from "../../oci/annotations.ts";
import { AppError } from "../../errors.ts";
import { formatReference, formatRepository, type Reference } from "../../oci/reference.ts";
import { findBuilt, readBuilt } from "../builtLaunchers.ts";
import { type Command, type CommandContext, printJson, readArguments } from "../command.ts";
import type { Finding } from "../doctor/finding.ts";
import { checkAsStranger, checkPrograms, formatWarning } from "../doctor/pushCheck.ts";
import { plainFinding } from "../doctor/report.ts";
import { formatBytes } from "../../format.ts";
import { readInstaller } from "../installerFile.ts";
import { NETWORK_HELP, strangerOptions } from "../network.ts";
import { isPlatformArgument, parseAnnotations, parseCompression, parseEpoch, parsePlatforms } from "../pushOptions.ts";
import type { ReleaseContent } from "../pushRelease.ts";
import { pushSigned, type Signing } from "../pushSigned.ts";
import { readPushTarget } from "../pushTarget.ts";
import { openSigningKeys } from "../signingKeys.ts";
import { TRANSFER_HELP } from "../transferOptions.ts";

import { describePush, PUSH_OPTIONS, type PushRun, type PushValues, refuseOptions, sendPush } from "../pushCommand.ts";
import { runArtifactPush } from "../runArtifactPush.ts";

export const push: Command = {
  name: "push",
  summary: "publish a version for each platform, or plain files",
  options: PUSH_OPTIONS,
  help: `Usage: slipway push HOST/NAME:VERSION PLATFORM=PATH... [PUSH_OPTIONS]
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
  --no-check            do not look at programs, nor try as a stranger whether they can be fetched
${TRANSFER_HELP}
${NETWORK_HELP}

Examples:
  slipway push ghcr.io/example/app:1.2.0 linux/amd64=out/app darwin/arm64=out/app-mac windows/amd64=out/app.exe
  slipway push ghcr.io/example/logo:latest logo.svg:image/svg+xml README.md --artifact-type image/svg+xml
`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, PUSH_OPTIONS);
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
    else await runArtifactPush(run);
  },
};

async function runRelease({ first, rest, values, context }: PushRun): Promise<void> {
  refuseOptions(values, ["artifact-type"], "is for plain files; a release has its own");
  const { reference, version, installer } = await readPushTarget(first, context, values.config);
  const release: ReleaseContent = {
    reference,
    version,
    title: installer?.name ?? reference.name.split("/").at(-1) ?? reference.name,
    platforms: parsePlatforms(rest),
    includes: values.include ?? [],
    entrypoint: values.entrypoint ?? installer?.entrypoint,
    compression: parseCompression(values.compression ?? "zstd"),
  };
  const wrong =
    values["no-check"] === true
      ? []
      : (await checkPrograms({ ...release, installer, cwd: context.cwd })).filter(({ status }) => status !== "ok");
  for (const finding of wrong) context.note(formatWarning(finding));
  await publish(release, { kind: "program", installer, values, context, wrong });
}

/** Raw files, so that the link to one is a download link. */
async function runLaunchers(
  positionals: readonly string[],
  values: PushValues,
  context: CommandContext,
): Promise<void> {
  const others = ["include", "entrypoint", "compression", "artifact-type"] as const;
  refuseOptions(values, others, "is for the program, not for its launchers");
  const installer = await readInstaller(context.cwd, values.config);
  const folder = resolve(context.cwd, values.out ?? "dist");
  const given = parsePlatforms(positionals).map(({ platform, path }) => ({
    platform,
    path: resolve(context.cwd, path),
  }));
  const release = await readBuilt(installer, given.length > 0 ? given : findBuilt(installer, folder));
  await publish(release, { kind: "launcher", installer, values, context, wrong: [] });
}

interface Publishing extends Pick<PushRun, "values" | "context">, Pick<Signing, "kind" | "installer"> {
  /** What was wrong with its programs before they were pushed. */
  readonly wrong: readonly Finding[];
}

async function publish(release: ReleaseContent, publishing: Publishing): Promise<void> {
  const { installer, values, context, wrong } = publishing;
  const signers = await openSigningKeys(values["sign-key"] ?? [], context);
  const signing = { kind: publishing.kind, installer, signers, cosign: values.cosign ?? false };
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
  const { reference } = request;
  const { result, warnings } = await sendPush(
    reference,
    { values, context },
    async (target) => await pushSigned(request, target, signing),
  );
  for (const warning of warnings) context.note(`warning: ${warning}\n`);

  const lines = result.platforms.map(({ platform, bytes }) => `  ${platform.padEnd(14)} ${formatBytes(bytes)}`);
  if (values.json !== true) context.out(describePush(result, lines));
  if (values["no-check"] === true) return values.json === true ? printJson(context, result) : undefined;
  const stranger = await checkAsStranger({ reference, root: result.digest }, strangerOptions(context, values));
  if (values.json === true) printJson(context, { ...result, stranger: [...wrong, stranger].map(plainFinding) });
  if (stranger.status !== "ok") context.note(formatWarning(stranger));
  else if (values.json !== true) context.out(`  ${stranger.detail}\n`);
  if (stranger.status !== "ok" || wrong.length > 0) context.note(`See: slipway doctor ${nameForDoctor(reference)}\n`);
}

/** Launchers are looked at beside their program. */
function nameForDoctor(reference: Reference): string {
  return reference.tag?.startsWith("launcher-") === true ? formatRepository(reference) : formatReference(reference);
}
