import type { Installer } from "./installer.ts";

// This file is on the launch path: types alone.

/** What `slipway build` writes into a launcher: its publisher's settings, and what comes with them. */
export interface Embedded {
  readonly installer: Installer;
  /** SemVer of the launcher itself. */
  readonly launcherVersion: string;
  readonly attached: {
    /** The program's icon as a PNG, on systems that do not take it from the executable. */
    readonly icon?: Attachment;
    /** A release of the program for this platform: an OCI image layout in a tar. */
    readonly release?: Attachment;
  };
}

/** A file that comes along: behind the executable's own bytes, or beside it in a Mac's bundle. */
export interface Attachment {
  /** Relative to the executable's folder; without it, the executable itself. */
  readonly file?: string;
  /** Bytes. */
  readonly offset: number;
  readonly size: number;
}
