import { validRange } from "semver";
import { AppError } from "../errors.ts";
import { type Digest, digestProblem } from "../oci/digest.ts";
import { versionOfTag } from "./versionTag.ts";

const EXAMPLES =
  'Write "latest", a version such as "1.4.2", a range such as "^1.4" or ">=1.2 <2", or "sha256:" and 64 hex digits.';

/** Which version somebody wants. */
export type VersionRequest =
  | { readonly kind: "latest" }
  | { readonly kind: "exact"; readonly version: string }
  | { readonly kind: "range"; readonly range: string }
  | { readonly kind: "digest"; readonly digest: Digest };

/** @throws AppError `config`. */
export function parseVersionRequest(text: string): VersionRequest {
  const trimmed = text.trim();
  if (trimmed === "latest") return { kind: "latest" };
  if (/^sha(256|512):/.test(trimmed)) {
    const problem = digestProblem(trimmed);
    if (problem !== undefined) throw new AppError("config", problem, { hint: EXAMPLES });
    return { kind: "digest", digest: trimmed as Digest };
  }
  const version = versionOfTag(trimmed);
  if (version !== undefined) return { kind: "exact", version };
  if (trimmed !== "" && validRange(trimmed) !== null) return { kind: "range", range: trimmed };
  throw new AppError("config", `not a version request: ${JSON.stringify(text)}`, {
    hint: EXAMPLES,
  });
}

export function formatVersionRequest(request: VersionRequest): string {
  switch (request.kind) {
    case "latest":
      return "latest";
    case "exact":
      return request.version;
    case "range":
      return request.range;
    case "digest":
      return request.digest;
  }
}
