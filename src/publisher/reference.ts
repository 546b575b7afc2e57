import { AppError } from "../errors.ts";
import { formatReference, type Reference } from "../oci/reference.ts";

/** What a registry is asked for: the digest, else the tag. @throws AppError `usage` when there is neither. */
export function labelOf(reference: Reference): string {
  const label = reference.digest ?? reference.tag;
  if (label !== undefined) return label;
  throw new AppError("usage", `${formatReference(reference)} names no tag or digest`, {
    hint: "Write HOST/NAME:TAG. See: slipway tags HOST/NAME",
  });
}
