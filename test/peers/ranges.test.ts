import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, inject, test } from "vitest";
import { muchNoise } from "../support/bytes.ts";
import { startDockerRegistry } from "../support/dockerRegistry.ts";
import { hasProgram } from "../support/peer.ts";
import { startRangeFront } from "../support/rangeFront.ts";
import { run } from "../support/run.ts";
import { expectSuccess } from "../support/sandbox.ts";
import { temporaryDirectory } from "../support/temporary.ts";

const SLOW = join(dirname(dirname(fileURLToPath(import.meta.url))), "support", "slowLine.cjs");
// Behind the place where it is split, which is where twenty chunks of 256 KiB have come, and before the first part.
const HELD_AT = 6_000_000;
const MIB = 1024 * 1024;

describe.runIf(hasProgram("docker-registry"))("pull from Debian's docker-registry", () => {
  test("takes a large file in parts where one connection is slow, and in one where it is not", async () => {
    await using registry = await startDockerRegistry();
    await using front = await startRangeFront(registry.address);
    await using directory = await temporaryDirectory();
    const slipway = async (args: readonly string[], preload: readonly string[] = []) =>
      expectSuccess(
        await run(process.execPath, [...preload, inject("cli"), ...args], {
          cwd: directory.path,
          env: { ...process.env, HOME: directory.path },
        }),
      );
    const bytes = muchNoise(64 * MIB);
    await writeFile(join(directory.path, "large"), bytes);
    const reference = `${front.address}/example/app:1.0.0`;
    await slipway(["push", reference, "large"]);

    const pull = async (folder: string, preload?: readonly string[]): Promise<readonly (string | undefined)[]> => {
      const before = front.ranges.length;
      await slipway(["pull", reference, "-o", folder], preload);
      expect(bytes.equals(await readFile(join(directory.path, folder, "large")))).toBe(true);
      return front.ranges.slice(before);
    };
    expect(await pull("fast")).toEqual([undefined]);
    front.holdAt(HELD_AT);
    const [whole, ...parts] = await pull("slow", ["--require", SLOW]);
    expect(whole).toBeUndefined();
    expect(parts.filter((range) => /^bytes=\d+-\d+$/.test(range ?? "")).length).toBeGreaterThan(3);
    // One for the manifest, four for the file, and the first one on its way out.
    expect(front.mostConnections()).toBeLessThanOrEqual(6);
  });
});
