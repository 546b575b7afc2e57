import { resolve } from "node:path";
import { notFound } from "../oci/storage.ts";
import { type Layout, openLayout } from "./layout.ts";

/** Content in files on this computer, as people name it. */
export interface ArchiveLocation {
  /** `oci`: an image layout, a folder or a tar. `tar`: an archive that tells by itself what it is. */
  readonly kind: "oci" | "oci-archive" | "docker-archive" | "tar";
  readonly path: string;
  /** A tag, a digest, or for a docker archive a whole name. */
  readonly reference?: string;
}

/** Undefined when the text is none, and may be a reference to a registry. */
export function parseArchiveLocation(text: string): ArchiveLocation | undefined {
  const [, path] = /^oci:(.+)$/.exec(text) ?? [];
  return path === undefined ? undefined : { kind: "oci", path };
}

/** @throws AppError `not-found`. */
export async function openArchiveLocation(
  location: ArchiveLocation,
  { cwd }: { readonly cwd: string },
): Promise<Layout & AsyncDisposable> {
  const path = resolve(cwd, location.path);
  const layout = await openLayout(path);
  if (!(await layout.exists())) throw notFound(path);
  return Object.assign(layout, { [Symbol.asyncDispose]: async () => undefined });
}
