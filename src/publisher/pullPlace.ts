import { parseManifest } from "../oci/manifest.ts";
import { isSchema1Type } from "../oci/mediaTypes.ts";
import type { Digest } from "../oci/digest.ts";
import { formatPlatform } from "../oci/platform.ts";
import { AppError } from "../errors.ts";
import type { Unpacked } from "../release/unpack.ts";
import { chooseManifest } from "./chooseManifest.ts";
import type { CopyPlaceOptions } from "./copyPlace.ts";
import { openSource, type Place } from "./place.ts";
import { pullFiles } from "./pullFiles.ts";
import { openSchema1Image, SCHEMA1_WARNING } from "./schema1Image.ts";

export interface PullOptions extends CopyPlaceOptions {
  /** Where the files go; made when it is not there. */
  readonly directory: string;
  /** Node's name of the system, which decides what file names are possible. */
  readonly platform: NodeJS.Platform;
}

export interface Pulled {
  readonly source: string;
  /** Of what the reference stands for. */
  readonly digest: Digest;
  readonly platform: string | undefined;
  readonly unpacked: Unpacked;
}

/** Writes the files of what the place stands for into a folder. */
export async function pullPlace(place: Place, options: PullOptions): Promise<Pulled> {
  await using source = await openSource(place, options);
  const root = await source.root();
  const chosen = await chooseManifest(source.storage, root, options.wish);
  const image = isSchema1Type(chosen.descriptor.mediaType)
    ? await openSchema1Image(source, chosen, { diffIds: false })
    : { root: chosen, storage: source.storage };
  if (image.root !== chosen) options.warn(SCHEMA1_WARNING);
  const manifest = parseManifest(image.root.bytes, image.root.descriptor.mediaType);
  if (manifest.kind !== "image") throw new AppError("bad-data", `${source.name} is nested too deeply`);
  const unpacked = await pullFiles({ ...options, source: image.storage, root: image.root, manifest });
  return {
    source: source.name,
    digest: root.descriptor.digest,
    platform: chosen.platform === undefined ? undefined : formatPlatform(chosen.platform),
    unpacked,
  };
}
