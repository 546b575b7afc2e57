import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { AppError, diskError, systemCodeOf } from "../errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { isTag } from "../oci/reference.ts";
import { openLayout } from "./layout.ts";
import { namesOf } from "./archiveNames.ts";
import { withoutChildren } from "./layoutChildren.ts";
import { type Archive, openArchive } from "./openArchive.ts";

/** Content in files on this computer, as people name it. */
export interface ArchiveLocation {
  /** `oci`: an image layout, a folder or a tar. `tar`: a file that tells by itself what it is. */
  readonly kind: "oci" | "oci-archive" | "docker-archive" | "tar";
  readonly path: string;
  /** A tag, a digest, or for a docker archive a whole name. */
  readonly reference?: string;
}

/** Reads skopeo's words, and a bare path to a tar. Undefined for what may be a reference to a registry. */
export function parseArchiveLocation(text: string): ArchiveLocation | undefined {
  const [, kind, rest = ""] = /^(oci|oci-archive|docker-archive):(.+)$/s.exec(text) ?? [];
  if (kind === "oci" || kind === "oci-archive" || kind === "docker-archive") return { kind, ...splitReference(rest) };
  const bare = splitReference(text);
  return /\.tar$/i.test(bare.path) && !beginsWithHost(bare.path) ? { kind: "tar", ...bare } : undefined;
}

export function formatArchiveLocation({ kind, path, reference }: ArchiveLocation): string {
  const separator = reference !== undefined && DIGEST.test(reference) ? "@" : ":";
  return `${kind === "tar" ? "" : `${kind}:`}${path}${reference === undefined ? "" : `${separator}${reference}`}`;
}

/** Opens it for reading. @throws AppError `not-found`, `bad-data`. */
export async function openArchiveLocation(
  { kind, path }: ArchiveLocation,
  { cwd }: { readonly cwd: string },
): Promise<Archive> {
  const absolute = resolve(cwd, path);
  if (!(await isDirectory(absolute))) return await openArchive(absolute);
  if (kind === "docker-archive" || kind === "oci-archive") {
    throw new AppError("usage", `${absolute} is a folder`, {
      hint: "A folder that holds an image layout is oci:PATH.",
    });
  }
  const layout = await openLayout(absolute, { readOnly: true });
  if (await layout.exists()) return { ...layout, [Symbol.asyncDispose]: async () => undefined };
  throw new AppError("not-found", `${absolute} holds no image layout`, {
    hint: "An image layout is a folder with oci-layout, index.json and blobs.",
  });
}

/**
 * The manifest that is meant when none was named: the only one, whatever tags it has.
 *
 * @throws AppError `usage` with the tags to choose from.
 */
export async function onlyManifest(archive: Archive, location: ArchiveLocation): Promise<Descriptor> {
  const manifests = await archive.manifests();
  const named = manifests.filter((entry) => namesOf(entry).length > 0);
  const choices = named.length > 0 ? named : await withoutChildren(archive, manifests);
  const [first] = choices;
  const name = formatArchiveLocation(location);
  if (first === undefined) throw new AppError("not-found", `${name} is empty`, { hint: "Copy something to it first." });
  if (choices.every(({ digest }) => digest === first.digest)) return first;
  const labels = choices.map((entry) => namesOf(entry)[0] ?? entry.digest);
  const lines = labels.slice(0, 20).map((label) => `  ${formatArchiveLocation({ ...location, reference: label })}`);
  if (labels.length > lines.length) lines.push(`  and ${labels.length - lines.length} more`);
  throw new AppError("usage", `${name} holds several manifests`, { hint: `Say which:\n${lines.join("\n")}` });
}

const DIGEST = /^sha(?:256|512):[0-9a-f]+$/;
// A tag, or a name as docker writes it: `localhost:5000/app:1.0`.
const NAME = /^(?:[\w.-]+(?::\d+)?(?:\/[\w.-]+)*:)?\w[\w.-]*$/;

/** As skopeo does, at the first colon; but a drive's (`C:\dir`) and one before what is no name belong to the path. */
function splitReference(text: string): Pick<ArchiveLocation, "path" | "reference"> {
  const at = text.lastIndexOf("@");
  if (at > 0 && DIGEST.test(text.slice(at + 1))) return { path: text.slice(0, at), reference: text.slice(at + 1) };
  const [, path, reference] = /^((?:[A-Za-z]:(?=[\\/]))?[^:]+):(.+)$/s.exec(text) ?? [];
  if (path !== undefined && reference !== undefined && NAME.test(reference)) return { path, reference };
  const colon = text.lastIndexOf(":");
  const tag = text.slice(colon + 1);
  return colon > 0 && isTag(tag) ? { path: text.slice(0, colon), reference: tag } : { path: text };
}

/** `registry.example/app.tar` is in a registry, `./registry.example/app.tar` is not. */
function beginsWithHost(path: string): boolean {
  const [first = "", ...rest] = path.split("/");
  if (rest.length === 0 || /^[A-Za-z]:/.test(path)) return false;
  return first === "localhost" || (/[.:]/.test(first) && first !== "." && first !== "..");
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT")
      throw new AppError("not-found", `there is no ${path}`, { hint: "Check the path." });
    throw diskError(error, path);
  }
}
