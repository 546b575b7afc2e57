import { join } from "node:path";

// This file is on the launch path.

/**
 * What is where below a program's data directory:
 *
 * ```
 * active.json            which version is current            (atomic rename)
 * state.json             last check, quarantine, install id, ways into registries
 * news.json              what the next start has to tell the person; there only as long as nobody has
 * trust.json             the newest keys and channel documents that were seen, below which nothing goes back
 * versions/<version>-<digest12>/       immutable once renamed into place; -2 ... behind it if one was damaged
 * versions/<version>-<digest12>.json   what it is; its version, should the same content have got another one since
 * versions/<version>-<digest12>.files  its files as they were installed, for repairs and deltas
 * versions/<version>-<digest12>.archives  what was in the archives that it was unpacked from, for deltas
 * blobs/sha256/<hex>     downloads; <hex>.partial while under way
 * launcher/<name>[.exe]  stable path of the launcher itself, which shortcuts and the PATH know
 * launcher/settled.json  what was done so that a person finds it
 * launcher/blobs, lock   the launcher's own update, which disturbs nobody's of the program
 * lock                   one writer; readers never wait
 * ready-<uuid>           with which a version says on its first run that it runs
 * log/launcher.jsonl     what was decided and why
 * ```
 */
export interface StorePaths {
  readonly root: string;
  readonly activation: string;
  readonly state: string;
  readonly news: string;
  readonly trust: string;
  readonly versions: string;
  readonly blobs: string;
  readonly launcher: string;
  readonly lock: string;
  readonly log: string;
}

/** Begins the name of a file with which a program says that it runs. */
export const READY_PREFIX = "ready-";

export function storePaths(root: string): StorePaths {
  return {
    root,
    activation: join(root, "active.json"),
    state: join(root, "state.json"),
    news: join(root, "news.json"),
    trust: join(root, "trust.json"),
    versions: join(root, "versions"),
    blobs: join(root, "blobs"),
    launcher: join(root, "launcher"),
    lock: join(root, "lock"),
    log: join(root, "log", "launcher.jsonl"),
  };
}

/** The same with downloads and a lock of the launcher's own: its update is large, and nothing else has to wait for it. */
export function launcherPaths(paths: StorePaths): StorePaths {
  return { ...paths, blobs: join(paths.launcher, "blobs"), lock: join(paths.launcher, "lock") };
}
