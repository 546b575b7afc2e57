import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";

/** Whether the program is there. Where it is not, its tests are skipped and say so; CI installs it. */
export function hasProgram(name: string): boolean {
  const found = spawnSync("sh", ["-c", `command -v ${name}`]).status === 0;
  if (!found) console.warn(`skipped: ${name} is not installed`);
  return found;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

// Much longer than any takes, except on a machine that is busy with other tests.
const START_MS = 60_000;

/** Starts a server program and waits until it answers at the address. */
export async function startPeer(
  command: string,
  args: readonly string[],
  { url, env }: { url: string; env?: NodeJS.ProcessEnv },
): Promise<AsyncDisposable> {
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, ...env } });
  let log = "";
  child.stderr.on("data", (chunk) => (log += String(chunk)));
  const dispose = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  const started = performance.now();
  while (performance.now() - started < START_MS) {
    if (child.exitCode !== null) throw new Error(`${command} ended: ${log}`);
    const answer = await fetch(url).catch(() => undefined);
    if (answer !== undefined) return { [Symbol.asyncDispose]: dispose };
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  await dispose();
  throw new Error(`${command} does not answer at ${url}: ${log}`);
}
