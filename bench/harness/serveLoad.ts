// The visitors of bench/serve.ts, in a process of their own: node serveLoad.ts PORT NAME SIZE FAST SLOW SECONDS. Each
// asks for the file again when it has it, and discards what comes. Prints what the fast ones got, as JSON.
import { connect, type Socket } from "node:net";

const [, , port, name, ...numbers] = process.argv;
const [size = 0, fast = 0, slow = 0, seconds = 0] = numbers.map(Number);
const REQUEST = `GET /${name} HTTP/1.1\r\nHost: bench\r\nAccept-Encoding: identity\r\n\r\n`;
const HEAD_END = "\r\n\r\n";
const SLOW_BYTES_PER_SECOND = 64 * 1024;
const TICK_MS = 100;

// All of them read into the same memory: nobody looks at it.
const buffer = Buffer.allocUnsafe(1024 * 1024);
const slowBuffer = Buffer.allocUnsafe((SLOW_BYTES_PER_SECOND * TICK_MS) / 1000);
let got = 0;
let files = 0;
let slowGot = 0;
const failures: string[] = [];
const sockets: Socket[] = [];
const started = performance.now();

for (let index = 0; index < fast; index += 1) visit(buffer, (count) => (got += count));
for (let index = 0; index < slow; index += 1) {
  const socket = visit(slowBuffer, (count) => {
    slowGot += count;
    socket.pause();
    setTimeout(() => socket.resume(), TICK_MS);
  });
}
setTimeout(() => {
  const elapsed = (performance.now() - started) / 1000;
  console.log(JSON.stringify({ got, files, slowGot, elapsed, failures: [...new Set(failures)] }));
  process.exit(0);
}, seconds * 1000);

function visit(memory: Buffer, onBytes: (count: number) => void): Socket {
  let left = 0;
  const socket = connect({
    port: Number(port),
    host: "127.0.0.1",
    onread: {
      buffer: memory,
      callback(count) {
        onBytes(count);
        if (left === 0) {
          const head = memory.subarray(0, count).toString("latin1").split(HEAD_END)[0] ?? "";
          if (!head.startsWith("HTTP/1.1 200 ")) failures.push(head.slice(0, 100));
          left = size + head.length + HEAD_END.length;
        }
        left -= count;
        if (left > 0) return true;
        files += 1;
        socket.write(REQUEST);
        return true;
      },
    },
  });
  socket.on("error", (error) => failures.push(error.message));
  socket.on("end", () => failures.push("the server ended a connection"));
  socket.write(REQUEST);
  sockets.push(socket);
  return socket;
}
