// Loaded into a launcher's Node before its first line. Kills the process for real before the planned step, or halfway
// through it.
import childProcess from "node:child_process";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { type CrashPlan, OPTIONS_VARIABLE, PLAN_VARIABLE } from "./plan.ts";

type Method = (this: unknown, ...args: unknown[]) => unknown;
type Methods = Record<string, Method>;

const { [PLAN_VARIABLE]: text } = process.env;
if (text !== undefined) {
  const plan = JSON.parse(text) as CrashPlan;
  if (new RegExp(plan.victim).test(process.argv.join(" "))) {
    // Nobody else is to die: a launcher that is tried by the victim, or the program.
    delete process.env[PLAN_VARIABLE];
    delete process.env[OPTIONS_VARIABLE];
    haunt(plan);
  }
}

function haunt({ step: last, halfway, report }: CrashPlan): void {
  const { appendFileSync, openSync, writeSync, writeFileSync, readFileSync, rmSync, readdirSync } = fs;
  // Kept open: what is written through a descriptor is no step.
  const file = openSync(report, "a");
  let steps = 0;
  process.on("exit", () => void writeSync(file, "ended\n"));

  const step = (name: string, tear: () => void): void => {
    steps += 1;
    writeSync(file, `${name}\n`);
    if (steps <= last) return;
    if (halfway) {
      try {
        tear();
      } catch {
        // What cannot be done by half is not done.
      }
    }
    writeSync(file, "killed\n");
    process.kill(process.pid, "SIGKILL");
    // Until the signal has come, nothing more is done.
    for (;;);
  };

  const halfOf = (content: unknown): Uint8Array => {
    const bytes = content instanceof Uint8Array ? content : Buffer.from(String(content));
    return bytes.subarray(0, bytes.byteLength / 2);
  };
  const tears: Readonly<Record<string, (...args: unknown[]) => void>> = {
    writeFile: (path, content) => writeFileSync(String(path), halfOf(content)),
    writeFileSync: (path, content) => writeFileSync(String(path), halfOf(content)),
    appendFileSync: (path, content) => appendFileSync(String(path), halfOf(content)),
    writeSync: (fd, content) => void writeSync(Number(fd), halfOf(content)),
    copyFile: (from, to) => writeFileSync(String(to), halfOf(readFileSync(String(from)))),
    rm(path) {
      const entry = readdirSync(String(path), { recursive: true, withFileTypes: true }).find((one) => one.isFile());
      if (entry !== undefined) rmSync(`${entry.parentPath}/${entry.name}`);
    },
  };

  const patch = (target: object, names: readonly string[], prefix = ""): void => {
    const methods = target as Methods;
    for (const name of names) {
      const whole = methods[name];
      if (whole === undefined) continue;
      const patched: Method = function (this: unknown, ...args) {
        // Opening to read changes nothing, and what goes to the terminal is no disk.
        const harmless = (name.startsWith("open") && (args[1] === "r" || args[1] === undefined)) || args[0] === 2;
        if (!harmless) step(`${prefix}${name}`, () => tears[name]?.(...args));
        const result = whole.apply(this, args);
        if (name === "open" && result instanceof Promise) {
          return result.then((handle: object) => {
            patchHandle(handle);
            return handle;
          });
        }
        return result;
      };
      // What util.promisify goes by is among its own properties.
      Object.defineProperties(patched, Object.getOwnPropertyDescriptors(whole));
      methods[name] = patched;
    }
  };

  let patchedHandle = false;
  function patchHandle(handle: object): void {
    if (patchedHandle) return;
    patchedHandle = true;
    const prototype = Object.getPrototypeOf(handle) as { writeFile: Method; fd: number } & object;
    const { writeFile } = prototype;
    patch(prototype, ["write", "sync", "truncate"], "handle.");
    prototype.writeFile = function (...args) {
      step("handle.writeFile", () => void writeSync((this as { readonly fd: number }).fd, halfOf(args[0])));
      return writeFile.apply(this, args);
    };
  }

  patch(fs.promises, ["mkdir", "writeFile", "rename", "link", "symlink", "rm", "unlink", "open", "copyFile", "chmod"]);
  patch(fs, ["mkdirSync", "writeFileSync", "appendFileSync", "renameSync", "rmSync", "openSync", "writeSync"]);
  patch(fs, ["fchmodSync", "write", "writev"]);
  patch(childProcess, ["spawn", "spawnSync", "execFile"]);
  patch(process, ["execve"]);
  syncBuiltinESMExports();
}
