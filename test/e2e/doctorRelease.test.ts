import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EXIT_CODES } from "../../src/errors.ts";
import { faultOn } from "../../src/server/registry/faults.ts";
import { blobOf } from "../support/bytes.ts";
import { diagnose, LINUX, push, pushFiles, pushLaunchers, withStorage } from "../support/diagnose.ts";
import { sampleElf } from "../support/sampleElf.ts";
import { sampleMachO } from "../support/sampleMachO.ts";
import { samplePe } from "../support/samplePe.ts";
import { SAMPLE_PROGRAMS } from "../support/sampleProgram.ts";
import { expectSuccess, openSandbox } from "../support/sandbox.ts";

describe("slipway doctor finds in a release, and says how to mend", () => {
  test("a platform's manifest that the registry has lost", async () => {
    await using sandbox = await openSandbox();
    await push(sandbox, "1.0.0", { ...LINUX, "windows/amd64": undefined });
    sandbox.setFaults(faultOn(/manifests\/sha256:/, { kind: "status", status: 404 }, 1));
    const found = await diagnose(sandbox, [`${sandbox.repository}:1.0.0`]);
    expect(found.exitCode).toBe(EXIT_CODES["not-found"]);
    expect(found.find("index")).toMatchObject({
      status: "failed",
      detail: expect.stringContaining("the manifest for linux/amd64 cannot be fetched"),
      fix: expect.stringContaining("Push it again"),
    });
    expect(found.find("program windows/amd64")).toMatchObject({ status: "ok" });
  });

  test("a file that the registry has lost", async () => {
    await using sandbox = await openSandbox();
    await push(sandbox, "1.0.0", { ...LINUX, "windows/amd64": undefined });
    const digest = blobOf(samplePe()).digest;
    sandbox.setFaults(faultOn(new RegExp(`blobs/${digest}`), { kind: "status", status: 404 }));
    const found = await diagnose(sandbox, [`${sandbox.repository}:1.0.0`]);
    expect(found.exitCode).toBe(EXIT_CODES["not-found"]);
    expect(found.find("content")).toMatchObject({
      status: "failed",
      detail: expect.stringContaining("windows/amd64: "),
      fix: expect.stringContaining("Push it again"),
    });
    expect(found.find("program windows/amd64")).toMatchObject({ status: "skipped" });
    expect(found.find("program linux/amd64")).toMatchObject({ status: "ok" });
  });

  test("a file whose bytes are others than those that were published", async () => {
    await using sandbox = await openSandbox();
    await push(sandbox, "1.0.0", LINUX);
    const digest = blobOf(sampleElf()).digest;
    sandbox.setFaults(({ method, path, earlier }) =>
      method === "GET" && path.includes(digest) && earlier >= 3 ? { kind: "wrong-bytes" } : undefined,
    );
    const found = await diagnose(sandbox, [`${sandbox.repository}:1.0.0`]);
    expect(found.exitCode).toBe(EXIT_CODES["bad-data"]);
    expect(found.find("program linux/amd64")).toMatchObject({
      status: "failed",
      detail: expect.stringContaining("wrong digest"),
      fix: expect.stringMatching(/./),
    });
  });

  test("a platform that the version before had, and this one has not", async () => {
    await using sandbox = await openSandbox();
    await push(sandbox, "1.0.0", { ...LINUX, "darwin/arm64": undefined });
    await push(sandbox, "1.1.0", LINUX);
    const found = await diagnose(sandbox, [`${sandbox.repository}:1.1.0`]);
    expect(found.exitCode).toBe(0);
    expect(found.find("platforms")).toMatchObject({
      status: "warning",
      detail: expect.stringContaining("version 1.0.0 was also for darwin/arm64"),
      fix: expect.stringContaining("stays with 1.0.0"),
    });
  });

  test.each([
    ["linux/amd64", SAMPLE_PROGRAMS["linux/arm64"]?.(), "app is an ELF program for arm64, published as linux/amd64"],
    ["windows/amd64", sampleElf(), "app.exe is an ELF program for amd64, published as windows/amd64"],
    ["darwin/arm64", samplePe(), "app is a Windows program for amd64, published as darwin/arm64"],
    ["darwin/amd64", sampleMachO(), "app is a Mach-O program for arm64, published as darwin/amd64"],
    ["linux/amd64", sampleElf().subarray(0, 900), "app is damaged: it has 900 bytes"],
    ["windows/amd64", Buffer.from("#!/bin/sh\n"), "app.exe is a script, published as windows/amd64"],
  ])("a program of another system or processor, as %s", async (platform, program, detail) => {
    await using sandbox = await openSandbox();
    await push(sandbox, "1.0.0", { [platform]: program });
    const found = await diagnose(sandbox, [`${sandbox.repository}:1.0.0`]);
    expect(found.exitCode).toBe(EXIT_CODES["bad-data"]);
    expect(found.find(`program ${platform}`)).toMatchObject({
      status: "failed",
      detail: expect.stringContaining(detail),
      fix: expect.stringContaining("as a new version"),
    });
  });

  test("a program for Windows under a name that Windows does not start", async () => {
    await using sandbox = await openSandbox();
    await push(sandbox, "1.0.0", { "windows/amd64": undefined }, { name: "app" });
    const found = await diagnose(sandbox, [`${sandbox.repository}:1.0.0`]);
    expect(found.find("program windows/amd64")).toMatchObject({
      status: "failed",
      detail: expect.stringContaining("has no extension"),
      fix: expect.stringContaining("Name it app.exe"),
    });
  });

  test("a program that opens a console although installer.json says that it has windows", async () => {
    await using sandbox = await openSandbox();
    await push(sandbox, "1.0.0", { "windows/amd64": undefined });
    const installer = { id: "com.example.app", name: "app", repository: sandbox.repository, interface: "window" };
    await writeFile(join(sandbox.directory, "installer.json"), JSON.stringify(installer));
    const found = await diagnose(sandbox, [`${sandbox.repository}:1.0.0`]);
    expect(found.find("program windows/amd64")).toMatchObject({
      status: "warning",
      detail: expect.stringContaining("black window"),
      fix: expect.stringContaining("-H=windowsgui"),
    });
  });

  test("a program for arm64 Macs that nobody has signed", async () => {
    await using sandbox = await openSandbox();
    const unsigned = { "darwin/arm64": sampleMachO(), "darwin/amd64": sampleMachO({ architecture: "x86_64" }) };
    await push(sandbox, "1.0.0", unsigned);
    const found = await diagnose(sandbox, [`${sandbox.repository}:1.0.0`]);
    expect(found.exitCode).toBe(EXIT_CODES["bad-data"]);
    expect(found.find("signed darwin/arm64")).toMatchObject({
      status: "failed",
      detail: expect.stringContaining("app is not signed"),
      fix: expect.stringContaining("codesign -s -"),
    });
    expect(found.find("signed darwin/amd64")).toMatchObject({ status: "warning" });
  });

  test("no launchers, and launchers for fewer platforms than the program", async () => {
    await using sandbox = await openSandbox();
    await push(sandbox, "1.0.0", { ...LINUX, "windows/amd64": undefined });
    const none = await diagnose(sandbox, [`${sandbox.repository}:1.0.0`]);
    expect(none.exitCode).toBe(0);
    expect(none.find("launchers")).toMatchObject({
      status: "warning",
      fix: expect.stringContaining("slipway push --launcher"),
    });
    await pushLaunchers(sandbox, ["linux/amd64"]);
    const fewer = await diagnose(sandbox, [`${sandbox.repository}:1.0.0`]);
    expect(fewer.find("launchers")).toMatchObject({
      status: "warning",
      detail: expect.stringContaining("none for windows/amd64"),
    });
  });

  test("an index that says another version, and has a platform twice", async () => {
    await using sandbox = await openSandbox();
    await withStorage(sandbox, async (storage) => {
      await pushFiles(storage, { tag: "1.0.0", version: "0.9.0", platforms: ["linux/amd64", "linux/amd64"] });
    });
    const found = await diagnose(sandbox, [`${sandbox.repository}:1.0.0`]);
    expect(found.exitCode).toBe(0);
    expect(found.find("index")).toMatchObject({
      status: "warning",
      detail: expect.stringMatching(/version 0\.9\.0.*linux\/amd64 is there more than once/),
      fix: expect.stringContaining("slipway push"),
    });
  });

  test("plain files where a program was meant: no choice of a platform", async () => {
    await using sandbox = await openSandbox();
    await writeFile(join(sandbox.directory, "app"), sampleElf(), { mode: 0o755 });
    expectSuccess(await sandbox.slipway(["push", `${sandbox.repository}:1.0.0`, "app"]));
    const found = await diagnose(sandbox, [`${sandbox.repository}:1.0.0`]);
    expect(found.find("index")).toMatchObject({
      status: "warning",
      detail: expect.stringContaining("a single manifest"),
      fix: expect.stringMatching(/./),
    });
  });
});
