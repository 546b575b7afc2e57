import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { type Activation, type InstalledVersion, readActivation } from "../../../src/store/activation.ts";
import type { StorePaths } from "../../../src/store/paths.ts";
import { readUsableActivation } from "../../../src/store/usable.ts";
import { readInstalled } from "../../../src/store/versions.ts";
import { programOf } from "./sample.ts";

/** What must hold in a store at any moment, whatever was killed in it. @returns the activation. */
export function checkStore(paths: StorePaths): Activation | undefined {
  for (const version of readInstalled(paths)) checkWhole(paths, version);
  const read = readActivation(paths);
  if (read.kind === "none") return undefined;
  if (read.kind !== "found") throw new Error(`the activation is ${read.kind}`);
  const { current, previous } = read.activation;
  checkWhole(paths, current);
  if (previous !== undefined) {
    checkWhole(paths, previous);
    expect(previous.digest).not.toBe(current.digest);
  }
  // A launch that looks closer comes to the same.
  expect(readUsableActivation(paths)).toEqual(read.activation);
  return read.activation;
}

function checkWhole(paths: StorePaths, { version, directory, executable }: InstalledVersion): void {
  expect(readFileSync(join(paths.versions, directory, executable), "utf8")).toBe(programOf(version));
  expect(readFileSync(join(paths.versions, directory, "LICENSE"), "utf8")).toBe("as it is\n");
}
