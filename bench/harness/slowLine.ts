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

/**
 * A server as it is seen over a line of so many bytes a second, all connections together, with no delay. In a thread of
 * its own, because a bench waits for its tools.
 */
export async function startSlowLine(server: string, bytesPerSecond: number): Promise<SlowLine> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { server, bytesPerSecond } });
  const [port] = (await once(worker, "message")) as [number];
  return {
    address: `127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}

if (!isMainThread) serve(workerData as { server: string; bytesPerSecond: number });

function serve({ server, bytesPerSecond }: { server: string; bytesPerSecond: number }): void {
  const [host = "", port = ""] = server.split(":");
  // When the line is free again, in milliseconds.
  let free = performance.now();
  const listener = createServer((near) => {
    const far = connect(Number(port), host);
    for (const socket of [near, far]) socket.on("error", () => void [near, far].map((each) => each.destroy()));
    near.pipe(far);
    void trickle(far, near).catch(() => near.destroy());
  });
  listener.listen(0, "127.0.0.1", () => {
    const address = listener.address();
    parentPort?.postMessage(typeof address === "object" ? address?.port : 0);
  });

  async function trickle(from: Socket, to: Socket): Promise<void> {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      free = Math.max(free, performance.now()) + (chunk.byteLength / bytesPerSecond) * 1000;
      if (free - performance.now() > TICK_MS) await pause(free - performance.now());
      if (!to.write(chunk)) await once(to, "drain");
    }
    to.end();
  }
}
