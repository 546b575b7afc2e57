import { parsePlatform, type Platform } from "../oci/platform.ts";

/** This computer's, by Go's names. */
export function ownPlatform(): Platform {
  return parsePlatform(`${process.platform}/${process.arch}`);
}
