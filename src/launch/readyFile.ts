import { rmSync, statSync } from "node:fs";

/** A file with which a program says that it runs. */
export interface ReadyFile extends Disposable {
  readonly path: string;
  isReady(): boolean;
}

const POLL_MS = 100;

/**
 * Looks for the file while the program runs. Looking again and again works on every file system, which being told of
 * changes does not.
 *
 * @param onReady called once, when it is there.
 */
export function openReadyFile(path: string, onReady: () => void): ReadyFile {
  let ready = false;
  const look = (): void => {
    if (ready || statSync(path, { throwIfNoEntry: false }) === undefined) return;
    ready = true;
    clearInterval(timer);
    onReady();
  };
  const timer = setInterval(look, POLL_MS);
  return {
    path,
    isReady() {
      look();
      return ready;
    },
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
