import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { PNG } from "pngjs";
import { temporaryDirectory } from "./temporary.ts";

const execute = promisify(execFile);

/** A screen that nobody sees, with windows on it. There is no window manager. */
export interface Display extends AsyncDisposable {
  /** Such as `:3`. */
  readonly display: string;
  /** What programs are started with so that they come up here. */
  readonly env: NodeJS.ProcessEnv;
  /** Titles of all windows that can be seen. */
  windows(): Promise<string[]>;
  /** Settles once a window with this title is drawn; before, it would miss what is pressed. */
  appears(title: string): Promise<void>;
  /** Settles once no window with this title can be seen. */
  vanishes(title: string): Promise<void>;
  /** Writes a PNG of the window alone, or of the whole screen without a title. */
  screenshot(path: string, title?: string): Promise<void>;
  look(title: string): Promise<PNG>;
  /** Presses keys in the window, such as `Tab` and `Return`. */
  press(title: string, ...keys: readonly string[]): Promise<void>;
  /** Clicks into the window, at pixels from its top left corner. */
  click(title: string, place: { readonly x: number; readonly y: number }): Promise<void>;
}

const PATIENCE_MS = 60_000;

/** Starts an X server of its own, on a number that it finds free by itself. */
export async function startDisplay(): Promise<Display> {
  const directory = await temporaryDirectory();
  // By default it starts anew when a client was the last to leave, and cuts off whoever is just coming.
  const options = ["-displayfd", "3", "-screen", "0", "1024x768x24", "-nolisten", "tcp", "-noreset"];
  const server = spawn("Xvfb", options, { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  const exit = once(server, "exit");
  const number = once(createInterface(server.stdio[3] as Readable), "line");
  const [first] = (await Promise.race([number, exit])) as [unknown];
  if (typeof first !== "string") throw new Error(`Xvfb ended with ${String(first)}`);
  const display = `:${first}`;
  const { WAYLAND_DISPLAY: _, ...rest } = process.env;
  // One look, one language, and no other process that would have to be reached.
  const env = { ...rest, DISPLAY: display, GTK_THEME: "Adwaita", NO_AT_BRIDGE: "1", LANG: "C.UTF-8" };

  async function xdotool(...args: readonly string[]): Promise<string> {
    // It fails when nothing is found.
    return await execute("xdotool", args, { env }).then(
      ({ stdout }) => stdout.trim(),
      () => "",
    );
  }

  async function visible(): Promise<{ id: string; title: string }[]> {
    const ids = (await xdotool("search", "--onlyvisible", "--name", ".")).split("\n").filter(Boolean);
    return await Promise.all(ids.map(async (id) => ({ id, title: await xdotool("getwindowname", id) })));
  }

  async function find(title: string): Promise<string> {
    const found = (await visible()).find((window) => window.title === title);
    if (found === undefined) throw new Error(`no window ${title}`);
    return found.id;
  }

  async function until(condition: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!(await condition())) {
      if (Date.now() > deadline) throw new Error(`waited in vain; there is ${JSON.stringify(await visible())}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async function screenshot(path: string, title?: string): Promise<void> {
    await execute("/usr/bin/import", ["-window", title === undefined ? "root" : await find(title), path], { env });
  }

  async function look(title: string): Promise<PNG> {
    const path = `${directory.path}/look.png`;
    await screenshot(path, title);
    return PNG.sync.read(await readFile(path));
  }

  const isThere = async (title: string): Promise<boolean> => (await visible()).some((window) => window.title === title);
  const isDrawn = async (title: string): Promise<boolean> =>
    await look(title).then(
      ({ data }) => data.some((value, at) => value !== data[at % 4]),
      () => false,
    );

  return {
    display,
    env,
    windows: async () => (await visible()).map(({ title }) => title),
    appears: async (title) => await until(async () => await isDrawn(title)),
    vanishes: async (title) => await until(async () => !(await isThere(title))),
    screenshot,
    look,
    async press(title, ...keys) {
      await xdotool("windowfocus", await find(title), "key", ...keys);
    },
    async click(title, { x, y }) {
      await xdotool("mousemove", "--window", await find(title), String(x), String(y), "click", "1");
    },
    async [Symbol.asyncDispose]() {
      server.kill();
      await exit;
      await directory[Symbol.asyncDispose]();
    },
  };
}
