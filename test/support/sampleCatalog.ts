import { digestOf } from "../../src/oci/digest.ts";
import { parsePlatform } from "../../src/oci/platform.ts";
import { contentOf, notFound } from "../../src/oci/storage.ts";
import type { Catalog } from "../../src/page/catalog.ts";
import type { Download } from "../../src/release/download.ts";
import type { Shelf } from "../../src/server/gateway/shelf.ts";
import { sampleIcon } from "./sampleIcon.ts";

export const SAMPLE_PLATFORMS = ["windows/amd64", "darwin/arm64", "darwin/amd64", "linux/amd64", "linux/arm64"];

/** A launcher that holds a line of text. */
export function sampleDownload(platform: string, more: Partial<Download> = {}): Download {
  const suffix = platform.startsWith("windows") ? ".exe" : platform.startsWith("darwin") ? ".zip" : "";
  const bytes = sampleContent(platform);
  const blob = { mediaType: "application/octet-stream", digest: digestOf(bytes), size: bytes.byteLength };
  return {
    platform: parsePlatform(platform),
    tag: "launcher-1.0.0",
    kind: "launcher",
    fileName: `Meadow-${platform.replaceAll("/", "-")}${suffix}`,
    size: blob.size,
    digest: blob.digest,
    stored: { blob, compression: "none" },
    codings: [],
    codeSigned: false,
    ...more,
  };
}

function sampleContent(platform: string): Buffer {
  return Buffer.from(`launcher for ${platform}\n`.repeat(1000));
}

export function sampleCatalog(more: Partial<Catalog> = {}): Catalog {
  const icon = sampleIcon(192);
  return {
    name: "Meadow",
    publisher: "Example Inc.",
    version: "1.4.2",
    created: "2026-03-03T10:00:00Z",
    notes: "## Faster\n\n- Opens large files *at once*\n- [All changes](https://example.com/changes)\n",
    icon: { mediaType: "image/png", size: icon.byteLength, digest: digestOf(icon) },
    downloads: SAMPLE_PLATFORMS.map((platform) => sampleDownload(platform)),
    ...more,
  };
}

export interface SampleShelf extends Shelf {
  /** Digests of what was fetched, in order. */
  readonly fetched: string[];
}

/** Holds what the sample's files and icon are, and besides these the contents that are given. */
export function openSampleShelf(catalog: Catalog, contents: readonly Uint8Array[] = []): SampleShelf {
  const samples = [sampleIcon(192), ...[...SAMPLE_PLATFORMS, "windows/arm64"].map(sampleContent), ...contents];
  const fetched: string[] = [];
  return {
    fetched,
    readCatalog: async () => catalog,
    readRelease: async (tag) => catalog.downloads.filter((download) => download.tag === tag),
    fetch(blob) {
      const bytes = samples.find((sample) => digestOf(sample) === blob.digest);
      if (bytes === undefined) throw notFound(blob.digest);
      fetched.push(blob.digest);
      return contentOf(bytes)(0);
    },
  };
}
