import { CRITICAL } from "../oci/annotations.ts";
import { formatBytes } from "../format.ts";
import { formatReference, formatRepository, type Reference } from "../oci/reference.ts";
import { printJson } from "./command.ts";
import { formatDeltas } from "./deltas/describeDeltas.ts";
import type { Finding } from "./doctor/finding.ts";
import { checkAsStranger, formatWarning } from "./doctor/pushCheck.ts";
import { plainFinding } from "./doctor/report.ts";
import { strangerOptions } from "./network.ts";
import { describePush, type PushRun, sendPush } from "./pushCommand.ts";
import { parseAnnotations, parseEpoch } from "./pushOptions.ts";
import type { ReleaseContent } from "./pushRelease.ts";
import { pushSigned, type Signing } from "./pushSigned.ts";
import { openSigningKeys } from "./signingKeys.ts";

interface Publishing extends Pick<PushRun, "values" | "context">, Pick<Signing, "kind" | "installer"> {
  /** What was wrong with its programs before they were pushed. */
  readonly wrong: readonly Finding[];
}

/** Pushes a release or a launcher, signed if keys are given, and says what became of it and what is left to do. */
export async function publishRelease(release: ReleaseContent, publishing: Publishing): Promise<void> {
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

  const lines = result.platforms.map(({ platform, bytes, deltas }) =>
    [`  ${platform.padEnd(14)} ${formatBytes(bytes)}`, ...formatDeltas(deltas)].join(", "),
  );
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
