import { Worker } from "node:worker_threads";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { isMainThread, parentPort, workerData } from "node:worker_threads";

export interface SlowLine extends AsyncDisposable {
  /** `127.0.0.1:PORT`: the server's own, through the line. */
  readonly address: string;
}

const TICK_MS = 20;

interface Speed {
  readonly bytesPerSecond: number;
  /** Whether each connection has so much, as servers limit them, or all together, as a line does. */
  readonly each: boolean;
}

/**
 * A server as it is seen over a line of so many bytes a second, with no delay. In a thread of its own, because a bench
 * waits for its tools.
 */
export async function startSlowLine(
  server: string,
  bytesPerSecond: number,
  { each = false }: Partial<Speed> = {},
): Promise<SlowLine> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { server, bytesPerSecond, each } });
  const [port] = (await once(worker, "message")) as [number];
  return {
    address: `127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}

if (!isMainThread) serve(workerData as Speed & { server: string });

function serve({ server, bytesPerSecond, each }: Speed & { server: string }): void {
  const [host = "", port = ""] = server.split(":");
  // When the line is free again, in milliseconds.
  const line = { free: performance.now() };
  const listener = createServer((near) => {
    const far = connect(Number(port), host);
    for (const socket of [near, far]) socket.on("error", () => void [near, far].map((end) => end.destroy()));
    near.pipe(far);
    void trickle(far, near, each ? { free: performance.now() } : line).catch(() => near.destroy());
  });
  listener.listen(0, "127.0.0.1", () => {
    const address = listener.address();
    parentPort?.postMessage(typeof address === "object" ? address?.port : 0);
  });

  async function trickle(from: Socket, to: Socket, line: { free: number }): Promise<void> {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      line.free = Math.max(line.free, performance.now()) + (chunk.byteLength / bytesPerSecond) * 1000;
      if (line.free - performance.now() > TICK_MS) await pause(line.free - performance.now());
      if (!to.write(chunk)) await once(to, "drain");
    }
    to.end();
  }
}
