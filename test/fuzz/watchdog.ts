// A thread beside the quick fuzz tests: what does not come to an end cannot be told by the thread that is stuck.
import { writeSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { describeInput } from "./finding.ts";
import { watchPulse } from "./pulse.ts";

const { path, name, limit } = workerData as { path: string; name: string; limit: number };
watchPulse(path, limit, (bytes) => {
  writeSync(2, `\n${name} does not come to an end within ${limit} ms:\n${describeInput(name, bytes)}\n`);
  process.kill(process.pid, "SIGKILL");
});
