import { basename, resolve } from "node:path";
import { CODE_SIGNED } from "../oci/annotations.ts";
import { formatPlatform, type Platform } from "../oci/platform.ts";
import type { Compression } from "../release/compression.ts";
import { packDirectory, packFile, type Packed } from "../release/pack.ts";
import { findFolderProgram } from "./folderProgram.ts";
import { isFolder } from "./staging.ts";

/** A platform's program: a file, or a folder that holds it. */
export interface PlatformProgram {
  readonly platform: Platform;
  readonly path: string;
  /** Whether the system can tell who made it, by a certificate of the publisher's. */
  readonly codeSigned?: boolean;
}

interface Packing {
  readonly cwd: string;
  readonly compression: Compression;
  readonly workDirectory: string;
}

/** @returns the program's layer, and where in the release it is, with "/". */
export async function packProgram(
  { path, platform, codeSigned = false }: PlatformProgram,
  { cwd, entrypoint, ...pack }: Packing & { readonly entrypoint: string | undefined },
): Promise<{ packed: Packed; entrypoint: string | undefined }> {
  const absolute = resolve(cwd, path);
  if (!isFolder(absolute, `for ${formatPlatform(platform)}`)) {
    const packed = await packFile(absolute, pack);
    return { packed: codeSigned ? markCodeSigned(packed) : packed, entrypoint: basename(absolute) };
  }
  const program = await findFolderProgram(absolute, platform, entrypoint);
  return { packed: await packDirectory(absolute, { ...pack, title: "." }), entrypoint: program };
}

function markCodeSigned({ descriptor, ...packed }: Packed): Packed {
  return {
    ...packed,
    descriptor: { ...descriptor, annotations: { ...descriptor.annotations, [CODE_SIGNED]: "true" } },
  };
}

/** A file or folder that every platform gets. */
export async function packInclude(path: string, { cwd, ...pack }: Packing): Promise<Packed> {
  const absolute = resolve(cwd, path);
  return isFolder(absolute, "to include")
    ? await packDirectory(absolute, { ...pack, title: basename(absolute) })
    : await packFile(absolute, pack);
}
