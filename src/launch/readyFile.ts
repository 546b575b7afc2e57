import { existsSync, rmSync } from "node:fs";

/** A file with which a program says that it runs. */
export interface ReadyFile extends Disposable {
  readonly path: string;
  /** Whether it is there, or was. */
  isReady(): boolean;
}

const POLL_MS = 100;

/**
 * Looks for the file while the program runs. Looking again and again works on every file system, which being told of
 * changes does not.
 *
 * @param onReady called once, when it is there while the program runs.
 */
export function openReadyFile(path: string, onReady: () => void): ReadyFile {
  // A program may take it away again, and then it was there all the same.
  let seen = false;
  const isReady = (): boolean => (seen ||= existsSync(path));
  const timer = setInterval(() => {
    if (!isReady()) return;
    clearInterval(timer);
    onReady();
  }, POLL_MS);
  return {
    path,
    isReady,
    [Symbol.dispose]() {
      clearInterval(timer);
      try {
        rmSync(path, { force: true, recursive: true });
      } catch {
        // A folder that may only be read; then nobody could make it either.
      }
    },
  };
}
