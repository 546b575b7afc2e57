import { AppError } from "../errors.ts";
import { formatReference, parseReference, type Reference } from "../oci/reference.ts";
import { onlyArgument } from "./command.ts";

/**
 * The one reference that a command is about, and what it asks the registry for.
 *
 * @throws AppError `usage` when it has neither tag nor digest.
 */
export function readReferenceArgument(positionals: readonly string[]): { reference: Reference; label: string } {
  const reference = parseReference(onlyArgument(positionals, "a reference"));
  return { reference, label: labelOf(reference) };
}

/** What a registry is asked for: the digest, else the tag. @throws AppError `usage` when there is neither. */
export function labelOf(reference: Reference): string {
  const label = reference.digest ?? reference.tag;
  if (label !== undefined) return label;
  throw new AppError("usage", `${formatReference(reference)} names no tag or digest`, {
    hint: "Write HOST/NAME:TAG. See: slipway tags HOST/NAME",
  });
}
