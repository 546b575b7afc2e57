import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import { parseImageConfig } from "../../oci/imageConfig.ts";
import { MAX_MANIFEST_BYTES } from "../../oci/manifest.ts";
import { fetchBytes } from "../../oci/storage.ts";
import { readProgramFormat } from "../../release/format/programFormat.ts";
import { isPlainImage, readRelease } from "../../release/readRelease.ts";
import { materialize } from "../../release/unpack.ts";
import {
  attempt,
  failedBy,
  few,
  type Finding,
  ok,
  PUSH_NEW,
  skipEach,
  skipped,
  type Verdict,
  warning,
} from "./finding.ts";
import { judgeProgram } from "./judgeProgram.ts";
import { judgeSignature } from "./judgeSignature.ts";
import type { Offer } from "./offers.ts";
import type { Patient } from "./patient.ts";
import { scanFiles } from "./scanFiles.ts";

/** Fetches a platform's files as a launcher would, every byte verified, looks at them, and keeps nothing. */
export async function checkProgram(
  patient: Pick<Patient, "stranger" | "installer" | "quick">,
  offer: Offer,
  lost: ReadonlySet<Digest>,
): Promise<Finding[]> {
  const names = [`program ${offer.name}`, ...(offer.platform?.os === "darwin" ? [`signed ${offer.name}`] : [])];
  const skip = (why: string): Finding[] => skipEach(names, why);
  if (patient.quick) return skip("not fetched, with --quick");
  if (offer.manifest.layers.some(({ digest }) => lost.has(digest))) return skip("not all of its files can be fetched");
  const directory = await mkdtemp(join(tmpdir(), "slipway-doctor-"));
  try {
    const verdicts = await attempt(async () => await unpackAndJudge(patient, offer, directory));
    if (!(verdicts instanceof AppError))
      return verdicts.map((verdict, position) => ({ name: names[position] ?? offer.name, ...verdict }));
    // A disk's trouble is this computer's, and tells nothing of the release.
    if (verdicts.code === "io" || verdicts.code === "cannot-create")
      return skip(`it could not be unpacked here: ${verdicts.message}`);
    const [first = offer.name, ...others] = names;
    return [{ name: first, ...failedBy(verdicts) }, ...skipEach(others, "it could not be unpacked")];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function unpackAndJudge(
  { stranger, installer }: Pick<Patient, "stranger" | "installer">,
  { manifest, platform }: Offer,
  directory: string,
): Promise<Verdict[]> {
  const config = isPlainImage(manifest)
    ? parseImageConfig(await fetchBytes(stranger, manifest.config, { limit: MAX_MANIFEST_BYTES }))
    : undefined;
  const { executable } = await materialize({
    files: readRelease(manifest, { entrypoint: installer?.entrypoint, config }),
    blobs: { open: (layer, signal) => stranger.fetch(layer, { signal }) },
    directory,
    platform: NODE_NAMES.get(platform?.os ?? "") ?? "linux",
  });
  const format = readProgramFormat(join(directory, executable));
  if (platform === undefined) return [ok(`${executable} is the program, for every computer alike`)];
  const verdict = judgeProgram({ path: executable, format, platform, interface: installer?.interface });
  const { mac, unmarked } = await scanFiles(directory);
  const marked = platform.os === "windows" || process.platform === "win32" || unmarked.length === 0;
  const program =
    marked || verdict.status !== "ok"
      ? verdict
      : warning(
          `${few(unmarked)} beside the program may not be started: the executable bit is missing`,
          `Set it before you push (chmod +x), and ${PUSH_NEW}`,
        );
  if (platform.os !== "darwin") return [program];
  return [program, mac.length === 0 ? skipped("there is no program in Apple's format") : judgeSignature(mac)];
}

const NODE_NAMES: ReadonlyMap<string, NodeJS.Platform> = new Map([
  ["windows", "win32"],
  ["darwin", "darwin"],
]);
