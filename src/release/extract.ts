import { pipeline } from "node:stream/promises";
import { extract, type Header } from "tar-stream";
import { AppError } from "../errors.ts";
import type { Bytes } from "../oci/storage.ts";
import type { Meter } from "./meter.ts";
import { unsafe } from "./safePath.ts";
import type { TreeWriter } from "./writeTree.ts";
import { writeContent } from "./writeContent.ts";
import { written } from "./writing.ts";

/** What {@link TreeEntry} says of an entry besides its place on a disk. */
export type ArchivedEntry =
  | { readonly kind: "directory"; readonly name: string }
  | { readonly kind: "file"; readonly name: string; readonly size: number; readonly executable: boolean }
  | { readonly kind: "symlink"; readonly name: string; readonly target: string };

export interface ArchiveOptions {
  /** Whether `.wh.` names delete what earlier layers wrote. */
  readonly whiteouts: boolean;
  readonly meter: Meter;
  /** Whether files are hashed as they are written. */
  readonly hash: boolean;
}

// The oldest format has no magic number; its headers have checksums all the same. (Its types do not know this option.)
const OPTIONS: object = { allowUnknownFormat: true };

/**
 * Writes a tar's entries.
 *
 * @returns the entries, where nothing but folders, files and links is among them. @throws AppError `bad-data` that names
 * the entry, or says why it is no tar.
 */
export async function extractArchive(
  tree: TreeWriter,
  content: Bytes,
  { whiteouts, meter, hash }: ArchiveOptions,
): Promise<ArchivedEntry[] | undefined> {
  const entries: (ArchivedEntry | undefined)[] = [];
  const archive = extract(OPTIONS);
  let lost: unknown;
  const feeding = pipeline(
    watch(content, (error) => (lost = error)),
    meter.open(),
    // Typed for the streams it is built on; they are Node's in all that pipeline asks for.
    archive as unknown as NodeJS.WritableStream,
  );
  // The loop below may fail first; the other's failure is then only an echo.
  feeding.catch(() => undefined);
  try {
    for await (const entry of archive) {
      await extractEntry(tree, { header: entry.header, content: chunksOf(entry), whiteouts, hash });
      entries.push(archivedEntry(entry.header));
      entry.resume();
    }
    await feeding;
    return entries.every((entry) => entry !== undefined) ? entries : undefined;
  } catch (error) {
    archive.destroy();
    const fed = await feeding.then(
      () => undefined,
      (cause: unknown) => cause,
    );
    if (lost !== undefined) throw lost;
    // A TypeError is a mistake of ours, not the publisher's.
    if (error instanceof AppError || error instanceof TypeError) throw error;
    if (fed instanceof AppError) throw fed;
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError("bad-data", `an archive of the release cannot be read: ${reason}`, {
      hint: "The publisher must push it again.",
      cause: error,
    });
  }
}

function archivedEntry({ name, type, linkname, mode, size }: Header): ArchivedEntry | undefined {
  switch (type) {
    case "directory":
      return { kind: "directory", name: name.replace(/\/+$/, "") };
    case "symlink":
      return { kind: "symlink", name, target: linkname ?? "" };
    case "file":
      return { kind: "file", name, size, executable: isExecutableMode(mode) };
    default:
      return undefined;
  }
}

function isExecutableMode(mode = 0): boolean {
  return (mode & 0o111) !== 0;
}

// The archive as a whole is counted as it comes.
const UNCOUNTED = (): void => undefined;

interface Entry {
  readonly header: Header;
  readonly content: Bytes;
  readonly whiteouts: boolean;
  readonly hash: boolean;
}

// image-spec layer.md "Whiteouts". Names that begin with it twice are the file system's own.
const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";
const RESERVED = ".wh..wh.";

async function extractEntry(tree: TreeWriter, { header, content, whiteouts, hash }: Entry): Promise<void> {
  const { name, type, linkname, size } = header;
  // tar-stream gives null for a size that it cannot read, and waits for ever for as much content.
  if (!Number.isSafeInteger(size)) throw unsafe(name, "its size makes no sense");
  if (whiteouts && (await whiteOut(tree, name))) return;
  switch (type) {
    case "directory":
      return await tree.directory(name);
    case "symlink":
      return await tree.symlink(name, whiteouts ? insideImage(name, linkname ?? "") : (linkname ?? ""));
    case "link":
      return await tree.copy(name, linkname ?? "");
    case "file":
    case "contiguous-file":
    case undefined:
    case null: {
      const { descriptor, node } = await tree.file(name, { executable: isExecutableMode(header.mode) });
      node.content = await written(writeContent(descriptor, content, { grow: UNCOUNTED, hash }), name);
      return;
    }
    case "block-device":
    case "character-device":
    case "fifo":
      throw unsafe(name, `it is a ${type}`);
    default:
      throw unsafe(name, "it is of a kind that has no place in a release");
  }
}

/**
 * In an image "/" is the image's own root, which ".." does not leave. A target that says so is written relative to its
 * link, as it will lie somewhere else; any other stays what it is.
 */
function insideImage(name: string, target: string): string {
  const parent = resolveInside([], name).slice(0, -1);
  const steps = target.split("/").filter((step) => step !== "" && step !== ".");
  const down = steps.findIndex((step) => step !== "..");
  const ups = down === -1 ? steps.length : down;
  if (!target.startsWith("/") && ups <= parent.length && !steps.slice(ups).includes("..")) return target;
  const parts = resolveInside(target.startsWith("/") ? [] : parent, target);
  const shared = parts.findIndex((part, index) => part !== parent[index]);
  const common = shared === -1 ? Math.min(parts.length, parent.length) : shared;
  const relative = [...parent.slice(common).map(() => ".."), ...parts.slice(common)];
  return relative.length === 0 ? "." : relative.join("/");
}

function resolveInside(from: readonly string[], path: string): string[] {
  const parts = [...from];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts;
}

/** Whether the name was one that deletes. */
async function whiteOut(tree: TreeWriter, name: string): Promise<boolean> {
  const path = name.replace(/\/+$/, "");
  const slash = path.lastIndexOf("/");
  const folder = path.slice(0, slash + 1);
  const base = path.slice(slash + 1);
  if (!base.startsWith(WHITEOUT)) return false;
  if (base === OPAQUE) await tree.clear(folder);
  else if (!base.startsWith(RESERVED)) {
    const hidden = base.slice(WHITEOUT.length);
    if (hidden === "" || hidden === "." || hidden === "..") throw unsafe(name, "it is a whiteout of nothing");
    await tree.remove(`${folder}${hidden}`);
  }
  return true;
}

/** An entry is no stream of Node's: as one it would not tell a pipeline that its archive was cut short. */
async function* chunksOf(entry: AsyncIterable<unknown>): Bytes {
  yield* entry as AsyncIterable<Uint8Array>;
}

async function* watch(content: Bytes, failed: (error: unknown) => void): Bytes {
  try {
    yield* content;
  } catch (error) {
    failed(error);
    throw error;
  }
}
