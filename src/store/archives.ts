/** An entry of an archive as it was unpacked. `name` is relative, with "/", and where it lies in the version's folder. */
export type SealedEntry =
  | { readonly kind: "directory"; readonly name: string }
  | { readonly kind: "file"; readonly name: string; readonly size: number; readonly executable: boolean }
  | { readonly kind: "symlink"; readonly name: string; readonly target: string };

/** What a version was unpacked from, so that the same archive can be made of its files again. */
export interface SealedArchive {
  /** Of the archive before compression. */
  readonly digest: string;
  /** Bytes, before compression. */
  readonly size: number;
  /** In their order. */
  readonly entries: readonly SealedEntry[];
}

/** @returns undefined for what is no list of archives. */
export function parseArchives(text: string): SealedArchive[] | undefined {
  const value: unknown = JSON.parse(text);
  return Array.isArray(value) && value.every(isArchive) ? value : undefined;
}

function isArchive(value: unknown): value is SealedArchive {
  if (typeof value !== "object" || value === null) return false;
  const { digest, size, entries } = value as Record<string, unknown>;
  return typeof digest === "string" && typeof size === "number" && Array.isArray(entries) && entries.every(isEntry);
}

function isEntry(value: unknown): value is SealedEntry {
  if (typeof value !== "object" || value === null) return false;
  const { kind, name, size, executable, target } = value as Record<string, unknown>;
  if (typeof name !== "string") return false;
  if (kind === "file") return typeof size === "number" && typeof executable === "boolean";
  return kind === "directory" || (kind === "symlink" && typeof target === "string");
}
