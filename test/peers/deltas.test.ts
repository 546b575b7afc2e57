import { execFileSync } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { applyDelta } from "../../src/delta/applyDelta.ts";
import { makeDelta } from "../../src/delta/make/makeDelta.ts";
import { collect } from "../support/bytes.ts";
import { npmFile } from "../support/npmFile.ts";
import { hasProgram } from "../support/peer.ts";
import { temporaryDirectory } from "../support/temporary.ts";

const PAIRS = [
  ["a Go program for Linux on x86-64", "@esbuild/linux-x64", "bin/esbuild"],
  ["a Go program for a Mac on arm64", "@esbuild/darwin-arm64", "bin/esbuild"],
  ["a Go program for Windows", "@esbuild/win32-x64", "esbuild.exe"],
] as const;

describe.runIf(hasProgram("bsdiff") && hasProgram("zstd"))("beside bsdiff and zstd", () => {
  test.each(PAIRS)("the delta of %s to its next patch release is the smallest by far", async (_name, name, path) => {
    await using directory = await temporaryDirectory();
    const [before, after] = [npmFile(`${name}@0.25.0`, path), npmFile(`${name}@0.25.1`, path)];
    const [bsdiff, zstd] = [join(directory.path, "bsdiff"), join(directory.path, "zstd")];
    execFileSync("bsdiff", [before, after, bsdiff]);
    execFileSync("zstd", ["-q", "-19", "--long=27", `--patch-from=${before}`, after, "-o", zstd]);
    const [old, now] = [await readFile(before), await readFile(after)];

    const delta = makeDelta(old, now);

    const smallest = Math.min((await stat(bsdiff)).size, (await stat(zstd)).size);
    expect(delta.byteLength).toBeLessThan(smallest * 0.5);
    const made = await collect(applyDelta(old, delta, { size: now.byteLength }));
    expect(made.equals(now)).toBe(true);
  });
});
