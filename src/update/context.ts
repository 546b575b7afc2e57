import type { Installer } from "../config/installer.ts";
import type { Settings } from "../config/settings.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Host } from "../oci/platform.ts";
import type { TaggedStorage } from "../oci/storage.ts";
import type { StorePaths } from "../store/paths.ts";
import type { NeededTags } from "./neededTags.ts";

/** What an update works with. It is handed the registry, the clock and the log: it opens nothing by itself. */
export interface UpdateContext {
  readonly installer: Installer;
  readonly settings: Settings;
  readonly paths: StorePaths;
  readonly host: Host;
  /** Node's name of the system, which decides what file names are possible. */
  readonly platform: NodeJS.Platform;
  /** Where releases are, in the order in which they are asked. */
  readonly origins: readonly Origin[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly log: (event: string, fields: Readonly<Record<string, unknown>>) => void;
  readonly progress: UpdateProgress;
  /** Told what matters of the tags of a repository that answers: they tell of newer launchers too. */
  readonly onTags?: (needed: NeededTags) => void;
  /** What was learned about ways into registries, to be written down with the check. */
  readonly access?: () => readonly unknown[];
  /** Runs the program with the smoke arguments; gives the reason when it does not exit with 0. A signal ends it. */
  readonly smoke: (
    executable: string,
    args: readonly string[],
    signal: AbortSignal | undefined,
  ) => Promise<string | undefined>;
}

/** A repository of a registry, or an image layout on this computer. */
export interface Origin {
  /** For people and the log. */
  readonly name: string;
  readonly open: () => Promise<TaggedStorage>;
  /** It came along with the launcher: what it does not have says nothing about what there is. */
  readonly bundled?: true;
}

export interface UpdateProgress {
  /** Downloads are about to begin. `from` is the version that is installed. */
  start(update: {
    readonly from: string | undefined;
    readonly to: string;
    readonly layers: readonly Descriptor[];
    /** Whether somebody has to wait for it, longer than for others, who has a version to start. */
    readonly critical: boolean;
  }): void;
  /** `bytes` of this layer are here by now. */
  advance(layer: Descriptor, bytes: number): void;
  /** All bytes are here and verified; unpacking goes on. */
  finish(): void;
}
