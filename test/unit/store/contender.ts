// A process of its own that takes the lock of a store again and again, and looks whether it is alone while it has it.
// Its arguments: root, how often, and "dies" if it is to be killed while it has the lock.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { acquireLock } from "../../../src/store/lock.ts";
import { storePaths } from "../../../src/store/paths.ts";

const [root = "", times = "", dies] = process.argv.slice(2);
const inside = join(root, "inside");
const own = String(process.pid);

for (let time = 0; time < Number(times); time += 1) {
  const lock = await acquireLock(storePaths(root), { timeout: 20_000 });
  if (lock === undefined) throw new Error("nobody released the lock");
  const found = await readFile(inside, "utf8").catch(() => "");
  if (found !== "" && found !== "dying") throw new Error(`${own} found ${found} inside`);
  await writeFile(inside, own);
  await new Promise((resolve) => setImmediate(resolve));
  const still = await readFile(inside, "utf8");
  if (still !== own) throw new Error(`${own} was joined by ${still}`);
  await writeFile(inside, dies === undefined ? "" : "dying");
  if (dies !== undefined) process.kill(process.pid, "SIGKILL");
  await lock[Symbol.asyncDispose]();
}
