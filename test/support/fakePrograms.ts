import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { temporaryDirectory } from "./temporary.ts";

/** Programs that do nothing by themselves: they tell the test how they were started, and it tells them what to do. */
export interface FakePrograms extends AsyncDisposable {
  readonly path: string;
  /** @param name a path below the folder. @returns its whole path. */
  add(name: string): Promise<string>;
  /** The next start of any of them. */
  next(): Promise<FakeRun>;
}

export interface FakeRun {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The lines of its standard input. */
  readonly input: AsyncIterator<string>;
  /** Settles when the program has ended, however that came. */
  readonly ended: Promise<unknown>;
  readonly say: (line: string) => void;
  readonly exit: (code: number) => void;
}

export async function openFakePrograms(): Promise<FakePrograms> {
  const directory = await temporaryDirectory();
  const control = join(directory.path, "control");
  const starts = openQueue<FakeRun>();
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    greet(socket, starts.put);
  }).listen(control);
  await once(server, "listening");
  return {
    path: directory.path,
    async add(name) {
      const path = join(directory.path, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, `#!${process.execPath}\n${FAKE}(${JSON.stringify(control)}, __filename);\n`, {
        mode: 0o755,
      });
      return path;
    },
    next: starts.take,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** The program itself: a function of where the test listens and what it is called. */
const FAKE = `
(function (control, name) {
  const socket = require("node:net").connect(control);
  const tell = (message) => socket.write(JSON.stringify(message) + "\\n");
  tell({ name, args: process.argv.slice(2), env: process.env });
  const lines = (stream) => require("node:readline").createInterface(stream);
  lines(process.stdin).on("line", (input) => tell({ input })).on("close", () => tell({ inputEnded: true }));
  lines(socket).on("line", (line) => {
    const { say, exit } = JSON.parse(line);
    if (say !== undefined) process.stdout.write(say + "\\n");
    if (exit !== undefined) process.exit(exit);
  });
  socket.on("close", () => process.exit(99)).on("error", () => process.exit(99));
})`;

function greet(socket: Socket, started: (run: FakeRun) => void): void {
  socket.on("error", () => undefined);
  const ended = once(socket, "close");
  const input = openQueue<IteratorResult<string, undefined>>();
  const order = (message: object): void => void socket.write(`${JSON.stringify(message)}\n`);
  createInterface(socket).on("line", (line) => {
    const message = JSON.parse(line) as Pick<FakeRun, "name" | "args" | "env"> & { input?: string; inputEnded?: true };
    if (message.input !== undefined) return input.put({ value: message.input });
    if (message.inputEnded === true) return input.put({ done: true, value: undefined });
    started({
      ...message,
      input: { next: input.take },
      ended,
      say: (line) => order({ say: line }),
      exit: (code) => order({ exit: code }),
    });
  });
}

function openQueue<Item>(): { put: (item: Item) => void; take: () => Promise<Item> } {
  const items: Item[] = [];
  const waiting: ((item: Item) => void)[] = [];
  return {
    put(item) {
      const taker = waiting.shift();
      if (taker === undefined) items.push(item);
      else taker(item);
    },
    take: async () =>
      await new Promise((resolve) => {
        const item = items.shift();
        if (item === undefined) waiting.push(resolve);
        else resolve(item);
      }),
  };
}
