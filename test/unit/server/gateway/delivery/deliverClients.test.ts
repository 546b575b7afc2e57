import { readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hasProgram } from "../../../../support/peer.ts";
import { run } from "../../../../support/run.ts";
import { bytes, SIZE, download, openStage, offerAll, sendWrong } from "./stage.ts";

describe.runIf(hasProgram("curl"))("curl", () => {
  test("resumes what it has the beginning of", async () => {
    await using stage = await openStage();
    offerAll(stage);
    const file = join(stage.directory, "out");
    await writeFile(file, bytes.subarray(0, 123_456));
    expect(await run("curl", ["-fsS", "-C", "-", "-o", file, stage.front.url])).toMatchObject({ exitCode: 0 });
    expect(await readFile(file)).toEqual(bytes);
    expect(await stage.front.delivery(0)).toMatchObject({ status: 206, bytes: SIZE - 123_456 });
  });

  test("saves it under its name", async () => {
    await using stage = await openStage();
    offerAll(stage);
    const saved = await run("curl", ["-fsSOJ", stage.front.url], { cwd: stage.directory });
    expect(saved).toMatchObject({ exitCode: 0 });
    expect(await readFile(join(stage.directory, download.fileName))).toEqual(bytes);
  });

  test("takes a coded form, and has the plain file in the end", async () => {
    await using stage = await openStage();
    offerAll(stage);
    const file = join(stage.directory, "out");
    expect(await run("curl", ["-fsS", "--compressed", "-o", file, stage.front.url])).toMatchObject({ exitCode: 0 });
    expect(await readFile(file)).toEqual(bytes);
    expect((await stage.front.delivery(0)).coding).not.toBe("identity");
  });

  test("fails when the content does", async () => {
    await using stage = await openStage();
    void sendWrong(stage);
    const { exitCode } = await run("curl", ["-fsS", "-o", join(stage.directory, "out"), stage.front.url]);
    // Closed with bytes outstanding, or reset.
    expect([18, 56]).toContain(exitCode);
  });
});

describe.runIf(hasProgram("wget"))("wget", () => {
  test("resumes what it has the beginning of", async () => {
    await using stage = await openStage();
    offerAll(stage);
    const file = join(stage.directory, "out");
    await writeFile(file, bytes);
    await truncate(file, 77_777);
    expect(await run("wget", ["-q", "-c", "-O", file, stage.front.url])).toMatchObject({ exitCode: 0 });
    expect(await readFile(file)).toEqual(bytes);
  });
});
