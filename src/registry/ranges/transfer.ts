import type { Descriptor } from "../../oci/descriptor.ts";
import { sizeMismatch } from "../../oci/storage.ts";
import type { RepositoryContext } from "../context.ts";

/** One blob on its way. */
export interface Transfer {
  readonly context: RepositoryContext;
  readonly descriptor: Descriptor;
  readonly signal: AbortSignal | undefined;
  /** The next byte to be handed out. */
  position: number;
  /** How often more connections may still be tried. */
  splits: number;
  /** Whether the server has refused one of several requests for being one too many. */
  limited: boolean;
}

/** Counts what is handed out next. @throws AppError `bad-data` for more than there should be. */
export function advance(transfer: Transfer, chunk: Uint8Array): void {
  transfer.position += chunk.byteLength;
  const { position, descriptor } = transfer;
  if (position > descriptor.size) throw sizeMismatch(descriptor, `at least ${position}`);
}
