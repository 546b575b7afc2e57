import type { AppError } from "../../errors.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { RefusedLocation } from "../../registry/location.ts";
import type { PartAnswer } from "../../registry/probe.ts";
import { originOf } from "../../registry/endpoints.ts";
import { RegistryError } from "../../registry/registryError.ts";
import { formatBytes } from "../../format.ts";
import { failed, failedBy, few, ok, skipped, type Verdict, warning } from "./finding.ts";
import type { Offer } from "./offers.ts";
import type { Patient } from "./patient.ts";

export interface Asked {
  readonly blob: Descriptor;
  /** Whose it is, for people. */
  readonly name: string;
  readonly answer: PartAnswer;
  /** Whether the trouble is where the registry sends people, or that it sends them there. */
  readonly astray: boolean;
}

/** Asks for one byte of every file and config, one after the other: registries limit a stranger's requests. */
export async function askForAll(
  { probe, repository }: Pick<Patient, "probe" | "repository">,
  offers: readonly Offer[],
): Promise<Asked[]> {
  const asked = new Map<Digest, Asked>();
  const origin = originOf(repository.host, () => false);
  for (const { name, manifest } of offers) {
    for (const blob of [manifest.config, ...manifest.layers]) {
      if (asked.has(blob.digest)) continue;
      const answer = await probe.part(repository, blob.digest, { first: 0, last: 0 });
      asked.set(blob.digest, { blob, name, answer, astray: isAstray(answer, origin.host) });
    }
  }
  return [...asked.values()];
}

/** Whether everything that the manifests name is there, and as long as they say. */
export function judgeContent(asked: readonly Asked[]): Verdict & { readonly lost: ReadonlySet<Digest> } {
  const lost = new Set<Digest>();
  const problems: string[] = [];
  let first: AppError | undefined;
  for (const { blob, name, answer, astray } of asked) {
    const what = `${name}: ${blob.digest.slice(0, 19)}... (${formatBytes(blob.size)})`;
    if (answer.kind === "failed" && !isWrongPart(answer.error)) {
      lost.add(blob.digest);
      if (astray) continue;
      problems.push(`${what} cannot be fetched: ${answer.error.message}`);
      first ??= answer.error;
    } else if (answer.kind !== "failed" && answer.size !== undefined && answer.size !== blob.size) {
      lost.add(blob.digest);
      problems.push(`${what} has ${answer.size} bytes at the registry, not ${blob.size}`);
    }
  }
  if (problems.length > 0) {
    const fix =
      "Push it again: slipway push sends whatever the registry has lost. If it stays, tell whoever runs the registry.";
    return { ...failed(few(problems, 2), fix, first?.code ?? "bad-data"), lost };
  }
  if (lost.size > 0) return { ...skipped("the registry sends strangers to where they cannot go: see redirects"), lost };
  const size = asked.reduce((sum, { blob }) => sum + blob.size, 0);
  return { ...ok(`all ${asked.length} files and configs are there, ${formatBytes(size)}`), lost };
}

/** Where files come from, and whether a stranger may and should go there. */
export function judgeRedirects(asked: readonly Asked[]): Verdict {
  for (const { answer, astray } of asked) {
    if (answer.kind !== "failed" || !astray) continue;
    if (answer.error instanceof RefusedLocation)
      return failed(
        answer.error.message,
        "Launchers do not go there. Whoever runs the registry has to give its storage a public https address, or serve files itself.",
        "unavailable",
      );
    return failedBy(answer.error);
  }
  const storages = new Set(
    asked.flatMap(({ answer }) => (answer.kind === "failed" || answer.storage === undefined ? [] : [answer.storage])),
  );
  if (asked.every(({ answer }) => answer.kind === "failed")) return skipped("no file could be asked for");
  return ok(
    storages.size === 0
      ? "none: files come from the registry itself"
      : `files come from ${[...storages].join(", ")}, which wants no login`,
  );
}

// Enough to see by its bytes whether a part is the right one.
const PART = 16;

/** Whether an interrupted download can go on. */
export async function checkRange(
  { probe, repository }: Pick<Patient, "probe" | "repository">,
  asked: readonly Asked[],
): Promise<Verdict> {
  const wrong = asked
    .map(({ answer }) => answer)
    .find((answer) => answer.kind === "failed" && isWrongPart(answer.error));
  const answering = asked.filter(({ answer }) => answer.kind !== "failed").map(({ blob }) => blob);
  const [largest] = answering.sort((a, b) => b.size - a.size);
  const fix =
    "A download that breaks off cannot go on, and fails: tell whoever runs the registry, or a cache before it.";
  if (wrong?.kind === "failed") return failed(wrong.error.message, fix);
  if (largest === undefined) return skipped("no file could be asked for");
  if (largest.size < 2 * PART) return skipped("no file is large enough to be had in parts");
  const ask = async (first: number, last: number) => await probe.part(repository, largest.digest, { first, last });
  const [start, middle] = [await ask(0, 2 * PART - 1), await ask(PART, 2 * PART - 1)];
  if (start.kind === "failed") return failed(start.error.message, fix, start.error.code);
  if (middle.kind === "failed") return failed(middle.error.message, fix, middle.error.code);
  if (start.kind === "whole" || middle.kind === "whole")
    return warning(
      "the server sends the whole file to whoever asks for a part",
      "Interrupted downloads begin again at the first byte. Tell whoever runs the registry, or a proxy before it, to pass Range on.",
    );
  if (!Buffer.from(start.bytes).subarray(PART).equals(middle.bytes))
    return failed(`bytes ${PART} to ${2 * PART - 1} are others when they are asked for alone`, fix);
  return ok("an interrupted download goes on where it was");
}

/** A part that is another than the one that was asked for: the file is there all the same. */
function isWrongPart(error: AppError): boolean {
  return error instanceof RegistryError && error.status === 206;
}

function isAstray(answer: PartAnswer, host: string): boolean {
  if (answer.kind !== "failed" || !(answer.error instanceof RegistryError)) return false;
  const { error } = answer;
  return (
    error instanceof RefusedLocation || ([401, 403].includes(error.status ?? 0) && URL.parse(error.url)?.host !== host)
  );
}
