import type { Download } from "../release/download.ts";
import { formatPlatform } from "../oci/platform.ts";
import type { Catalog } from "./catalog.ts";

/** Grows when something is taken away or means something else; what is added leaves it as it is. */
const FORMAT_VERSION = 1;

/** `downloads.json`: the page, for programs. @param hrefOf the address of a file, relative to this one, or a whole one. */
export function formatDownloads(catalog: Catalog, hrefOf: (download: Download) => string): string {
  const { name, publisher, version, created, notes, downloads } = catalog;
  const files = downloads.map((download) => {
    const { platform, tag, kind, fileName, size, digest, codeSigned } = download;
    return {
      platform: platform === undefined ? undefined : formatPlatform(platform),
      kind,
      tag,
      fileName,
      size,
      digest,
      codeSigned,
      href: hrefOf(download),
    };
  });
  const list = { formatVersion: FORMAT_VERSION, name, publisher, version, created, notes, downloads: files };
  return `${JSON.stringify(list, undefined, 2)}\n`;
}
