// A process of its own that changes a store and kills itself before the given step on the disk, or halfway through it.
// Its arguments: root, version, step, "before" or "halfway".
import { storePaths } from "../../../src/store/paths.ts";
import { perform } from "./changes.ts";
import { dieAt } from "./dieAt.ts";

const [root = "", version = "", last = "", when = ""] = process.argv.slice(2);
await dieAt(Number(last), when);
await perform(storePaths(root), { kind: "update", version, keep: 2 });
