import { digestProblem, type Digest } from "../../oci/digest.ts";
import { isRepositoryName, isTag } from "../../oci/reference.ts";
import { SpecError } from "./answer.ts";

/** What a path of the API names (distribution-spec "Endpoints"). */
export type Route =
  | { readonly kind: "base" }
  | { readonly kind: "catalog" }
  | { readonly kind: "tags"; readonly name: string }
  | { readonly kind: "manifest"; readonly name: string; readonly reference: string }
  | { readonly kind: "blob"; readonly name: string; readonly digest: Digest }
  | { readonly kind: "uploads"; readonly name: string }
  | { readonly kind: "upload"; readonly name: string; readonly id: string }
  | { readonly kind: "referrers"; readonly name: string; readonly digest: Digest };

/**
 * Reads a path as it came, with its percent escapes: some clients write `sha256%3A...`. What is decoded is checked
 * afterwards, so that no escape leads anywhere.
 *
 * @returns undefined for no path of the API.
 * @throws SpecError for names, tags and digests that are none.
 */
export function parseRoute(encoded: string): Route | undefined {
  const path = decodePath(encoded);
  if (path === "/v2" || path === "/v2/") return { kind: "base" };
  if (path === "/v2/_catalog") return { kind: "catalog" };
  const match =
    /^\/v2\/(.+?)\/(?:(tags)\/list|(manifests)\/([^/]+)|blobs\/(uploads)\/?|blobs\/uploads\/([^/]+)|(blobs)\/([^/]+)|(referrers)\/([^/]+))$/.exec(
      path,
    );
  if (match === null) return undefined;
  const [, name = "", tags, manifests, reference = "", uploads, id, blobs, blob = "", referrers, subject = ""] = match;
  if (!isRepositoryName(name))
    throw new SpecError(400, "NAME_INVALID", `not a repository name: ${JSON.stringify(name.slice(0, 300))}`);
  if (tags !== undefined) return { kind: "tags", name };
  if (manifests !== undefined) return { kind: "manifest", name, reference: checkReference(reference) };
  if (uploads !== undefined) return { kind: "uploads", name };
  if (id !== undefined) return { kind: "upload", name, id };
  if (blobs !== undefined) return { kind: "blob", name, digest: checkDigest(blob) };
  if (referrers !== undefined) return { kind: "referrers", name, digest: checkDigest(subject) };
  return undefined;
}

export function checkDigest(text: string): Digest {
  const problem =
    digestProblem(text) ?? (/^sha(256|512):/.test(text) ? undefined : "only sha256 and sha512 are supported");
  if (problem !== undefined) throw new SpecError(400, "DIGEST_INVALID", problem);
  return text as Digest;
}

function checkReference(text: string): string {
  return text.includes(":") ? checkDigest(text) : checkTag(text);
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new SpecError(400, "NAME_INVALID", `not a path: ${JSON.stringify(path.slice(0, 300))}`);
  }
}

export function checkTag(text: string): string {
  if (!isTag(text)) throw new SpecError(400, "MANIFEST_INVALID", `not a tag: ${JSON.stringify(text.slice(0, 200))}`);
  return text;
}
