import { join, sep } from "node:path";

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
 * launcher/.entry        what a fast command is: a script of sh, made for what stands in the files above
 * launcher/.entry-now    which that script writes to, to learn the time
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
  readonly entry: string;
  readonly lock: string;
  readonly log: string;
}

/** Begins the name of a file with which a program says that it runs. */
export const READY_PREFIX = "ready-";

/** Ends the name of a file that is being written, or was when its writer was killed. */
export const TEMPORARY = ".tmp";

/** @param root as `join` gives it, so that nothing is left to tidy up. */
export function storePaths(root: string): StorePaths {
  const at = (...names: readonly string[]): string => [root, ...names].join(sep);
  return {
    root,
    activation: at("active.json"),
    state: at("state.json"),
    news: at("news.json"),
    trust: at("trust.json"),
    versions: at("versions"),
    blobs: at("blobs"),
    launcher: at("launcher"),
    // No launcher's own name begins with a dot.
    entry: at("launcher", ".entry"),
    lock: at("lock"),
    log: at("log", "launcher.jsonl"),
  };
}

/** The same with downloads and a lock of the launcher's own: its update is large, and nothing else has to wait for it. */
export function launcherPaths(paths: StorePaths): StorePaths {
  return { ...paths, blobs: join(paths.launcher, "blobs"), lock: join(paths.launcher, "lock") };
}
