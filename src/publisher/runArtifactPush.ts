import { AppError } from "../errors.ts";
import { formatBytes } from "../format.ts";
import { parseReference } from "../oci/reference.ts";
import { printJson } from "./command.ts";
import { parseArtifactFile, parseArtifactType, pushArtifact, UNKNOWN_ARTIFACT } from "./pushArtifact.ts";
import { describePush, type PushRun, refuseOptions, sendPush } from "./pushCommand.ts";
import { parseAnnotations, parseEpoch } from "./pushOptions.ts";

/** `slipway push HOST/NAME:TAG FILE...` */
export async function runArtifactPush({ first, rest, values, context }: PushRun): Promise<void> {
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
    "notes",
    "deltas",
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
  const result = await sendPush(reference, { values, context }, async (target) => await pushArtifact(request, target));
  const width = Math.max(...result.files.map(({ title }) => title.length));
  const lines = result.files.map(({ title, bytes }) => `  ${title.padEnd(width)} ${formatBytes(bytes)}`);
  if (values.json === true) printJson(context, result);
  else context.out(describePush(result, lines));
}
