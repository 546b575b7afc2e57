import { AppError } from "../../errors.ts";
import { TITLE, VERSION } from "../../oci/annotations.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { type ImageIndex, type ImageManifest, MAX_MANIFEST_BYTES, parseManifest } from "../../oci/manifest.ts";
import { isStoredAsManifest } from "../../oci/mediaTypes.ts";
import type { Platform } from "../../oci/platform.ts";
import { type FetchedManifest, fetchBytes, type Storage } from "../../oci/storage.ts";
import { versionOfTag } from "../../release/versionTag.ts";
import { describePlatform } from "../listFiles.ts";
import { attempt, failed, few, ok, type Verdict, warning } from "./finding.ts";

/** What a release has for one platform. */
export interface Offer {
  /** For people. */
  readonly name: string;
  /** Undefined for a single manifest, which every computer takes. */
  readonly platform: Platform | undefined;
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
  readonly manifest: ImageManifest;
}

export interface Offers {
  readonly verdict: Verdict;
  readonly offers: readonly Offer[];
}

// An index in an index in an index: launchers go no deeper.
const MAX_NESTING = 3;

/** Every platform's manifest, and whether what leads to them is whole. */
export async function readOffers(storage: Storage, root: FetchedManifest, label: string): Promise<Offers> {
  const offers: Offer[] = [];
  const problems: AppError[] = [];
  const remarks: string[] = [];
  let isNamed = true;
  await walk(root, { platform: undefined, depth: 0 });
  const names = offers.flatMap(({ platform, name }) => (platform === undefined ? [] : [name]));
  for (const name of new Set(names.filter((name, position) => names.indexOf(name) !== position)))
    remarks.push(`${name} is there more than once: launchers take the first`);
  const [problem] = problems;
  if (problem !== undefined)
    return {
      offers,
      verdict: failed(
        few(problems.map(({ message }) => message)),
        "Push it again: slipway push sends whatever the registry has lost. If it stays, tell whoever runs the registry.",
        problem.code,
      ),
    };
  if (remarks.length > 0)
    return { offers, verdict: warning(few(remarks), "Push it again with slipway push, which writes an index so.") };
  const whole =
    offers.length === 1
      ? "its manifest is there, and what its digest says"
      : `all ${offers.length} manifests are there, and what their digests say`;
  return { offers, verdict: ok(`${whole}${isNamed ? "" : "; it bears no title"}`) };

  async function walk(
    { descriptor, bytes }: FetchedManifest,
    { platform, depth }: { readonly platform: Platform | undefined; readonly depth: number },
  ): Promise<void> {
    const manifest = await attempt(async () => parseManifest(bytes, descriptor.mediaType));
    if (manifest instanceof AppError) return void problems.push(manifest);
    if (manifest.kind === "image") {
      if (depth === 0) remarks.push("a single manifest: every computer gets the same files, whatever its system");
      const name = platform === undefined ? "any computer" : describePlatform(platform);
      return void offers.push({ name, platform, descriptor, bytes, manifest });
    }
    if (depth === 0) {
      remarks.push(...remarksOn(manifest, label));
      isNamed = manifest.annotations?.[TITLE] !== undefined;
    }
    if (depth >= MAX_NESTING)
      return void problems.push(new AppError("bad-data", `it lies ${depth} indexes deep, where no launcher looks`));
    for (const child of manifest.manifests) await enter(child, { platform, depth });
  }

  async function enter(
    child: Descriptor,
    { platform, depth }: { readonly platform: Platform | undefined; readonly depth: number },
  ): Promise<void> {
    // Attestations and the like carry unknown/unknown.
    if (!isStoredAsManifest(child.mediaType) || child.platform?.os === "unknown") return;
    const bytes = await attempt(async () => await fetchBytes(storage, child, { limit: MAX_MANIFEST_BYTES }));
    const own = child.platform ?? platform;
    if (bytes instanceof AppError) {
      const whose = own === undefined ? "a manifest" : `the manifest for ${describePlatform(own)}`;
      problems.push(new AppError(bytes.code, `${whose} cannot be fetched: ${bytes.message}`));
    } else await walk({ descriptor: child, bytes }, { platform: own, depth: depth + 1 });
  }
}

function remarksOn({ annotations = {} }: ImageIndex, label: string): string[] {
  const [version, tagged] = [annotations[VERSION], versionOfTag(label)];
  if (version === undefined || tagged === undefined || version === tagged) return [];
  return [`the index says that it is version ${version}, and its tag says ${tagged}`];
}
