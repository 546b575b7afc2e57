import { watchDisk } from "./disk.ts";

/** Kills this process before the step after this many on the disk, or halfway through it. */
export async function dieAt(step: number, when: string): Promise<void> {
  let steps = 0;
  await watchDisk(async (current) => {
    steps += 1;
    if (steps <= step) return;
    if (when === "halfway") await current.tear();
    process.kill(process.pid, "SIGKILL");
    // Until the signal has come, nothing more is done.
    await new Promise(() => undefined);
  });
}
