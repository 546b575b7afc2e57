import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { applyDelta } from "../../delta/applyDelta.ts";
import { makeDelta } from "../../delta/make/makeDelta.ts";
import type { DeltaTask } from "./computeDelta.ts";

// A program of its own: it keeps a processor busy for up to minutes.
const task = workerData as DeltaTask;
const before = readFileSync(task.before);
const delta = makeDelta(before, readFileSync(task.after));
const hash = createHash("sha256");
for await (const chunk of applyDelta(before, delta, { size: task.size })) hash.update(chunk);
// A delta that everybody has to give up is worse than none.
if (`sha256:${hash.digest("hex")}` !== task.digest) throw new Error("it does not make what it was made for");
writeFileSync(task.delta, delta);
