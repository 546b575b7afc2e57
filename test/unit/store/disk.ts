import promises, { type FileHandle } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";

/** One change that a program asks of the disk. */
export interface Step {
  readonly name: string;
  readonly path: string;
  /** Where a rename or a link leads. */
  readonly to?: string;
  /** Does half of it, as far as it has halves. */
  readonly tear: () => Promise<void>;
}

type Method = (...args: unknown[]) => Promise<unknown>;
type Methods = Record<string, Method>;

const ON_PATHS = ["mkdir", "writeFile", "rename", "link", "rm", "open"];
const ON_HANDLES = ["writeFile", "sync", "truncate"];
const whole = { ...promises } as unknown as Methods;

/** Puts itself before every change that goes through node:fs/promises, until it is disposed. */
export async function watchDisk(before: (step: Step) => Promise<void>): Promise<Disposable> {
  const paths = new WeakMap<object, string>();
  const probe = await promises.open(import.meta.filename);
  const prototype = Object.getPrototypeOf(probe) as Methods;
  await probe.close();
  const ofHandles = Object.fromEntries(ON_HANDLES.map((name) => [name, prototype[name] as Method]));

  const patched = promises as unknown as Methods;
  for (const name of ON_PATHS) {
    patched[name] = async (path, ...rest) => {
      const call = async (): Promise<unknown> => await whole[name]?.(path, ...rest);
      const to = name === "rename" || name === "link" ? { to: String(rest[0]) } : {};
      if (name !== "open" || rest[0] !== "r") {
        await before({ name, path: String(path), ...to, tear: async () => await tearPath(name, String(path), rest) });
      }
      const result = await call();
      if (name === "open") paths.set(result as object, String(path));
      return result;
    };
  }
  for (const name of ON_HANDLES) {
    prototype[name] = async function (this: FileHandle, ...args: unknown[]) {
      const tear = async (): Promise<void> => {
        if (name === "writeFile") await ofHandles["writeFile"]?.call(this, half(args[0]));
      };
      await before({ name: `handle.${name}`, path: paths.get(this) ?? "", tear });
      return await ofHandles[name]?.apply(this, args);
    };
  }
  syncBuiltinESMExports();
  return {
    [Symbol.dispose]() {
      Object.assign(patched, whole);
      Object.assign(prototype, ofHandles);
      syncBuiltinESMExports();
    },
  };
}

async function tearPath(name: string, path: string, [content, options]: unknown[]): Promise<void> {
  if (name === "writeFile") await whole["writeFile"]?.(path, half(content), options);
  if (name === "rm") await removeOneFile(path);
}

/** A removal that was cut short has taken some of the files. */
async function removeOneFile(path: string): Promise<void> {
  const entries = await promises.readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
  const file = entries.find((entry) => entry.isFile());
  if (file !== undefined) await whole["rm"]?.(`${file.parentPath}/${file.name}`);
}

function half(content: unknown): Uint8Array {
  const bytes = content instanceof Uint8Array ? content : Buffer.from(String(content));
  return bytes.subarray(0, bytes.byteLength / 2);
}
