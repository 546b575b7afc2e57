import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { diskError, systemCodeOf } from "../errors.ts";
import { REF_NAME } from "../oci/annotations.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { createLayout, INDEX_FILE, readLayoutIndex, writeLayoutIndex } from "./layoutFiles.ts";

type Entries = readonly Descriptor[];

/** The index.json of a layout, as it is on disk at the moment of asking. */
export interface LayoutIndex {
  /** All entries, or undefined when there is no layout. @throws AppError `bad-data` that names the file. */
  read(): Promise<Entries | undefined>;
  /** Replaces the entries; makes the layout when there is none. Changes wait for each other. */
  change(edit: (entries: Entries) => Entries): Promise<void>;
}

// By directory: a layout that is opened twice in this process still has one writer at a time.
const turns = new Map<string, Promise<void>>();

export function openLayoutIndex(directory: string): LayoutIndex {
  const key = resolve(directory);
  let known: { readonly version: string; readonly entries: Entries | undefined } | undefined;

  async function read(): Promise<Entries | undefined> {
    // Asked for before reading: when somebody replaces the file in between, the next reader looks again.
    const version = await versionOf(join(directory, INDEX_FILE));
    if (version === undefined || known?.version !== version)
      known = { version: version ?? "", entries: await readLayoutIndex(directory) };
    return known.entries;
  }

  async function edit(entriesOf: (entries: Entries) => Entries): Promise<void> {
    const before = await read();
    if (before === undefined) await createLayout(directory);
    const after = entriesOf(before ?? []);
    if (after !== before) await writeLayoutIndex(directory, after);
  }

  return {
    read,
    async change(entriesOf) {
      const earlier = turns.get(key) ?? Promise.resolve();
      const own = earlier.then(async () => await edit(entriesOf));
      // The next one goes on whether or not this one fails.
      const settled = own.catch(() => undefined);
      turns.set(key, settled);
      try {
        await own;
      } finally {
        if (turns.get(key) === settled) turns.delete(key);
      }
    },
  };
}

/** The entries with this one, under the tag when one is given; a tag leaves what it stood on, which stays listed. */
export function withEntry(entries: Entries, descriptor: Descriptor, tag: string | undefined): Entries {
  const entry = plain(descriptor);
  if (tag === undefined) return entries.some(({ digest }) => digest === entry.digest) ? entries : [...entries, entry];
  const current = entries.filter((other) => tagOf(other) === tag);
  if (current.length === 1 && current[0]?.digest === entry.digest) return entries;
  const rest = withoutTag(entries, tag).filter((other) => other.digest !== entry.digest || tagOf(other) !== undefined);
  return [...rest, { ...entry, annotations: { [REF_NAME]: tag } }];
}

/** The entries without the tag. What it stood on stays listed, so that its media type is known. */
export function withoutTag(entries: Entries, tag: string): Entries {
  const kept: Descriptor[] = entries.filter((entry) => tagOf(entry) !== tag);
  for (const entry of entries) {
    if (tagOf(entry) === tag && !kept.some(({ digest }) => digest === entry.digest)) kept.push(untagged(entry));
  }
  return kept;
}

export function withoutManifest(entries: Entries, digest: Digest): Entries {
  return entries.filter((entry) => entry.digest !== digest);
}

export function tagOf({ annotations }: Descriptor): string | undefined {
  return annotations?.[REF_NAME];
}

export function plain({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}

/** Other tools' platform and annotations stay on it. */
function untagged(entry: Descriptor): Descriptor {
  const { annotations = {}, ...rest } = entry;
  const { [REF_NAME]: _, ...others } = annotations;
  return Object.keys(others).length === 0 ? rest : { ...rest, annotations: others };
}

/** Changes whenever the file is replaced; undefined when it is not there. */
async function versionOf(path: string): Promise<string | undefined> {
  try {
    const { ino, size, mtimeNs } = await stat(path, { bigint: true });
    return `${ino}/${size}/${mtimeNs}`;
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return undefined;
    throw diskError(error, path);
  }
}
