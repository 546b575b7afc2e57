import type { Activation } from "../store/activation.ts";
import type { Refusal } from "./foundRelease.ts";

/** What came of an update. */
export type UpdateResult =
  | {
      readonly kind: "activated";
      readonly activation: Activation;
      readonly from: string | undefined;
      /** Why the version before was left: its publisher took it back. */
      readonly withdrawn?: string;
      /** What is newer, and of no use. */
      readonly refused?: Refusal;
    }
  | {
      readonly kind: "up-to-date";
      /** Updates wait for a new document of the channel. RFC 3339. */
      readonly frozenSince?: string;
      /** What is newer, and of no use. */
      readonly refused?: Refusal;
    }
  /** Another launch is at it; what is installed runs meanwhile. */
  | { readonly kind: "busy" }
  /** The person did not want to wait for it now. */
  | { readonly kind: "skipped" }
  /** It would have taken longer than a start may wait; what has arrived is kept for whoever goes on. */
  | {
      readonly kind: "postponed";
      readonly version?: string;
      /** What starts once more was taken back by its publisher; why. */
      readonly withdrawn?: string;
    }
  /** A check that comes to nothing is normal offline; an update that was found and failed is not. */
  | {
      readonly kind: "failed";
      readonly during: "check" | "installation";
      readonly version?: string;
      readonly error: unknown;
    };
