import { Worker } from "node:worker_threads";
import type { Plain } from "../../release/delta.ts";

/** Paths of files, and what the second of them is. */
export interface DeltaTask extends Plain {
  readonly before: string;
  readonly after: string;
  /** Written. */
  readonly delta: string;
}

/** Makes a delta in a thread of its own, and tries it. @throws what the thread throws; it may run out of memory. */
export async function computeDelta(task: DeltaTask): Promise<void> {
  // Not bundled, it is beside this file.
  const name = import.meta.url.endsWith(".ts") ? "./deltaWorker.ts" : "./delta-worker.js";
  const worker = new Worker(new URL(name, import.meta.url), { workerData: task });
  await new Promise<void>((resolve, reject) => {
    worker.once("error", reject);
    worker.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`its thread ended with ${code}`))));
  });
}
