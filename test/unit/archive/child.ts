// A process of its own that pushes a release into a layout and kills itself before the given step on the disk, or
// halfway through it. Its arguments: directory, tag, step, "before" or "halfway".
import { watchDisk } from "../store/disk.ts";
import { pushRelease } from "./release.ts";

const [directory = "", tag = "", last = "", when = ""] = process.argv.slice(2);
let steps = 0;
await watchDisk(async (step) => {
  steps += 1;
  if (steps <= Number(last)) return;
  if (when === "halfway") await step.tear();
  process.kill(process.pid, "SIGKILL");
  // Until the signal has come, nothing more is done.
  await new Promise(() => undefined);
});
await pushRelease(directory, tag);
