import { AppError } from "../errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { isTag } from "../oci/reference.ts";
import { tagOf } from "./layoutIndex.ts";

// docker save since version 25: the whole name, where the tag has only its last part.
const CONTAINERD_NAME = "io.containerd.image.name";

/** What an entry is called, the more exact first: tags in layouts, and whole names as docker and podman write them. */
export function namesOf(entry: Descriptor): string[] {
  return [entry.annotations?.[CONTAINERD_NAME], tagOf(entry)].filter((name) => name !== undefined);
}

/**
 * The entry of that name, or of a name with that tag.
 *
 * @throws AppError `usage` when it may be several, rather than take any.
 */
export function findNamed(entries: readonly Descriptor[], reference: string): Descriptor | undefined {
  const wanted = shortened(reference);
  const named = entries.filter((entry) => namesOf(entry).some((name) => shortened(name) === wanted));
  const found =
    named.length > 0 ? named : entries.filter((entry) => namesOf(entry).some((name) => tagIn(name) === wanted));
  const [first] = found;
  if (found.some(({ digest }) => digest !== first?.digest)) {
    throw new AppError("usage", `${reference} may be each of several`, {
      hint: `Say which: ${found.map((entry) => namesOf(entry)[0]).join(", ")}.`,
    });
  }
  return first;
}

/** All by which exactly one manifest is found. */
export function listNames(entries: readonly Descriptor[]): string[] {
  const meanings = new Map<string, Set<Digest>>();
  for (const entry of entries) {
    for (const name of namesOf(entry).flatMap((name) => [name, tagIn(name)]))
      meanings.set(name, (meanings.get(name) ?? new Set()).add(entry.digest));
  }
  return [...meanings].filter(([, digests]) => digests.size === 1).map(([name]) => name);
}

function tagIn(name: string): string {
  const tag = name.slice(name.lastIndexOf(":") + 1);
  return isTag(tag) ? tag : name;
}

/** docker writes `app:1.0` for what podman and containerd call `docker.io/library/app:1.0`. */
function shortened(name: string): string {
  return name.replace(/^docker\.io\/(library\/)?/, "");
}
