import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { digestOf, shortDigest } from "../../../src/oci/digest.ts";
import type { Activation, InstalledVersion } from "../../../src/store/activation.ts";
import { type StorePaths, storePaths } from "../../../src/store/paths.ts";
import { stageVersion } from "../../../src/store/staging.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

/** A store of its own, gone with the test. */
export async function openStore(): Promise<AsyncDisposable & { readonly paths: StorePaths }> {
  const directory = await temporaryDirectory();
  return {
    paths: storePaths(join(directory.path, "data", "com.example.app")),
    [Symbol.asyncDispose]: async () => await directory[Symbol.asyncDispose](),
  };
}

export function versionOf(version: string): InstalledVersion {
  const digest = digestOf(Buffer.from(version));
  return { version, digest, directory: `${version}-${shortDigest(digest)}`, executable: "bin/app" };
}

export function activationOf(current: string, more: Partial<Activation> = {}): Activation {
  const activatedAt = "2026-01-02T03:04:05.000Z";
  return { schema: 1, current: versionOf(current), confirmed: true, request: "latest", activatedAt, ...more };
}

/** What the program of a version holds. */
export function programOf(version: string): string {
  return `program ${version}\n`;
}

/** Installs a version as an update does, without activating it. */
export async function install(paths: StorePaths, version: InstalledVersion): Promise<void> {
  const staging = await stageVersion(paths);
  try {
    await mkdir(join(staging.directory, "bin"));
    await writeFile(join(staging.directory, version.executable), programOf(version.version));
    await writeFile(join(staging.directory, "LICENSE"), "as it is\n");
    await staging.commit(version);
  } finally {
    await staging[Symbol.asyncDispose]();
  }
}
