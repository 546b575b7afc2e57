import type { Descriptor } from "../../oci/descriptor.ts";
import type { Bytes } from "../../oci/storage.ts";
import type { Catalog } from "../../page/catalog.ts";
import type { Download } from "../../release/download.ts";

/** Where a gateway has its content from. It is handed one, and opens nothing by itself. */
export interface Shelf {
  /** What is offered now. @throws AppError when the registry does not answer, or offers nothing. */
  readCatalog(signal: AbortSignal): Promise<Catalog>;

  /** The files of one version or launcher tag, newest or not. @returns undefined where there is no such tag. */
  readRelease(tag: string, signal: AbortSignal): Promise<readonly Download[] | undefined>;

  /**
   * Streams a blob from its first byte. Size and digest are checked before the stream finishes, and the last chunk is
   * held back until they are right. @throws AppError `bad-data`, `not-found`, `unavailable`.
   */
  fetch(blob: Descriptor, signal: AbortSignal): Bytes;

  /** The address at which a stranger gets the blob straight from the registry, where there is one. */
  linkTo?(blob: Descriptor, signal: AbortSignal): Promise<URL | undefined>;
}
