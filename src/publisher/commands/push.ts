import { AppError } from "../../errors.ts";
import { resolve } from "node:path";
import { packNotes, readNotes } from "../attachments.ts";
import { type Command, readArguments } from "../command.ts";
import { attachDeltas } from "../deltas/attachDeltas.ts";
import { openDeltaWishes } from "../deltas/deltaWishes.ts";
import { checkPrograms, formatWarning } from "../doctor/pushCheck.ts";
import { NETWORK_HELP } from "../network.ts";
import { publishRelease } from "../publishRelease.ts";
import { PUSH_OPTIONS, type PushRun, refuseOptions } from "../pushCommand.ts";
import { isPlatformArgument, parseCompression, parseDeltas, parsePlatforms } from "../pushOptions.ts";
import type { ReleaseContent } from "../pushRelease.ts";
import { readPushTarget } from "../pushTarget.ts";
import { runArtifactPush } from "../runArtifactPush.ts";
import { runLauncherPush } from "../runLauncherPush.ts";
import { TRANSFER_HELP } from "../transferOptions.ts";

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
  --deltas N            make updates small from the N releases before this one, default 3; 0 for none
  --notes FILE          what is new in this version, for download pages (Markdown)
  --launcher            publish launchers: for download pages, and for those that are installed to update themselves
  --codings LIST        with --launcher: how browsers may have it (zstd,br,gzip), or none. What is there stays
  --if-new              with --launcher: leave it as it is where its version is published with other files
  --out DIR             where they are, default dist
  --no-check            do not look at programs, nor try as a stranger whether they can be fetched
${TRANSFER_HELP}
${NETWORK_HELP}

Examples:
  slipway push ghcr.io/example/app:1.2.0 linux/amd64=out/app darwin/arm64=out/app-mac windows/amd64=out/app.exe
  slipway push 1.2.1 linux/amd64=out/app --deltas 5
  slipway push ghcr.io/example/logo:latest logo.svg:image/svg+xml README.md --artifact-type image/svg+xml
`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, PUSH_OPTIONS);
    if (values.launcher === true) return await runLauncherPush(positionals, values, context);
    refuseOptions(values, ["out", "codings", "if-new"], "is for --launcher");
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
  const notes = values.notes === undefined ? undefined : await readNotes(resolve(context.cwd, values.notes));
  const count = parseDeltas(values.deltas ?? "3");
  const release: ReleaseContent = {
    reference,
    version,
    title: installer?.name ?? reference.name.split("/").at(-1) ?? reference.name,
    platforms: parsePlatforms(rest),
    includes: values.include ?? [],
    entrypoint: values.entrypoint ?? installer?.entrypoint,
    compression: parseCompression(values.compression ?? "zstd"),
    async attach(programs, to) {
      using wishes = openDeltaWishes(context, { version, count });
      const deltas = await attachDeltas(programs, to, wishes);
      const beside = notes === undefined ? [] : [packNotes(notes)];
      return { layers: programs.map((_, position) => [...beside, ...(deltas[position] ?? [])]) };
    },
  };
  const wrong =
    values["no-check"] === true
      ? []
      : (await checkPrograms({ ...release, installer, cwd: context.cwd })).filter(({ status }) => status !== "ok");
  for (const finding of wrong) context.note(formatWarning(finding));
  await publishRelease(release, { kind: "program", installer, values, context, wrong });
}
