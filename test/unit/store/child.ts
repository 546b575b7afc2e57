// A process of its own that changes a store and kills itself before the given step on the disk, or halfway through it.
// Its arguments: root, version, step, "before" or "halfway".
import { storePaths } from "../../../src/store/paths.ts";
import { perform } from "./changes.ts";
import { watchDisk } from "./disk.ts";

const [root = "", version = "", last = "", when = ""] = process.argv.slice(2);
let steps = 0;
await watchDisk(async (step) => {
  steps += 1;
  if (steps <= Number(last)) return;
  if (when === "halfway") await step.tear();
  process.kill(process.pid, "SIGKILL");
  // Until the signal has come, nothing more is done.
  await new Promise(() => undefined);
});
await perform(storePaths(root), { kind: "update", version, keep: 2 });
