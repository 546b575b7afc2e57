import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { temporaryDirectory } from "../../support/temporary.ts";

/** An empty folder to publish from, and one for compressed bytes. */
export async function openWork() {
  const directory = await temporaryDirectory();
  const workDirectory = join(directory.path, "work");
  const input = join(directory.path, "input");
  await mkdir(workDirectory);
  await mkdir(input);
  return { workDirectory, input, [Symbol.asyncDispose]: async () => await directory[Symbol.asyncDispose]() };
}

export async function write(path: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  await chmod(path, mode);
}
