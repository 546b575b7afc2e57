// A process of its own that pushes a release into a layout and kills itself before the given step on the disk, or
// halfway through it. Its arguments: directory, tag, step, "before" or "halfway".
import { dieAt } from "../store/dieAt.ts";
import { pushRelease } from "./release.ts";

const [directory = "", tag = "", last = "", when = ""] = process.argv.slice(2);
await dieAt(Number(last), when);
await pushRelease(directory, tag);
