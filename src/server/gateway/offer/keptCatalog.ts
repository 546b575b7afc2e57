import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { descriptorSchema, digestSchema, sizeSchema } from "../../../oci/descriptor.ts";
import { parseJsonAs } from "../../../oci/parse.ts";
import { platformSchema } from "../../../oci/platform.ts";
import type { Catalog } from "../../../page/catalog.ts";

/** A catalog on disk, for a start during which the registry is away. */
export interface KeptCatalog {
  /** @returns undefined where there is none, or none of this source and this kind. */
  read(): Promise<Catalog | undefined>;
  write(catalog: Catalog): Promise<void>;
}

// A later Slipway may write it in another way, and reads no other.
const FORMAT = 1;

/** @param source which repository it is of: the folder may have served another one before. */
export function keptCatalog(directory: string, source: string): KeptCatalog {
  const path = join(directory, "catalog.json");
  let written: string | undefined;
  return {
    async read() {
      try {
        const kept = parseJsonAs(keptSchema, await readFile(path), path);
        return kept.source === source ? { ...optional, ...kept.catalog } : undefined;
      } catch {
        // Damaged or not there, it is worth no more than none.
        return undefined;
      }
    },
    async write(catalog) {
      const text = JSON.stringify({ format: FORMAT, source, catalog });
      if (text === written) return;
      const beside = `${path}.tmp`;
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 });
        await writeFile(beside, text, { mode: 0o600 });
        await rename(beside, path);
        written = text;
      } catch {
        // Nothing is served worse for it; whoever keeps the content says what is wrong with the disk.
        await rm(beside, { force: true }).catch(() => undefined);
      }
    },
  };
}

// JSON leaves out what is undefined.
const optional = { publisher: undefined, version: undefined, created: undefined, notes: undefined, icon: undefined };

const downloadSchema = v.pipe(
  v.object({
    platform: v.exactOptional(platformSchema),
    tag: v.string(),
    kind: v.picklist(["launcher", "program"]),
    fileName: v.string(),
    size: sizeSchema,
    digest: digestSchema,
    stored: v.object({ blob: descriptorSchema, compression: v.picklist(["none", "gzip", "zstd"]) }),
    codings: v.array(v.object({ coding: v.picklist(["zstd", "br", "gzip"]), blob: descriptorSchema })),
    codeSigned: v.boolean(),
  }),
  v.transform(({ platform, ...rest }) => ({ platform, ...rest })),
);

const keptSchema = v.object({
  format: v.literal(FORMAT),
  source: v.string(),
  catalog: v.object({
    name: v.string(),
    publisher: v.exactOptional(v.string()),
    version: v.exactOptional(v.string()),
    created: v.exactOptional(v.string()),
    notes: v.exactOptional(v.string()),
    icon: v.exactOptional(v.object({ mediaType: v.literal("image/png"), size: sizeSchema, digest: digestSchema })),
    downloads: v.array(downloadSchema),
  }),
});
