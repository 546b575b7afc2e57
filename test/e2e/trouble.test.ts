import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Fault, faultOn } from "../../src/server/registry/faults.ts";
import { noise } from "../support/bytes.ts";
import { openSandbox } from "../support/sandbox.ts";

const TAGS = /^GET .*tags\/list/;
const MANIFEST = /^GET .*manifests\//;
const BLOB = /^GET .*blobs\//;

/** What goes wrong, where, and how a first start ends then. */
const FAULTS: readonly (readonly [string, RegExp, Fault, { exitCode: number; stderr: string }])[] = [
  ["wrong bytes in the program", BLOB, { kind: "wrong-bytes" }, { exitCode: 65, stderr: "wrong digest" }],
  ["wrong bytes in a manifest", MANIFEST, { kind: "wrong-bytes" }, { exitCode: 65, stderr: "" }],
  ["a program that is longer than announced", BLOB, { kind: "endless" }, { exitCode: 65, stderr: "wrong size" }],
  ["a list of tags without end", TAGS, { kind: "endless" }, { exitCode: 65, stderr: "more than the" }],
  ["a manifest without end", MANIFEST, { kind: "endless" }, { exitCode: 65, stderr: "more than the" }],
  ["a length that is not true", BLOB, { kind: "wrong-length", by: 5 }, { exitCode: 65, stderr: "wrong size" }],
  [
    "a login that is asked for",
    TAGS,
    { kind: "status", status: 401 },
    { exitCode: 77, stderr: "must make the package public" },
  ],
  ["a refusal", TAGS, { kind: "status", status: 403 }, { exitCode: 77, stderr: "answered 403" }],
  ["a repository that is not there", TAGS, { kind: "status", status: 404 }, { exitCode: 66, stderr: "answered 404" }],
  [
    "a rate limit",
    TAGS,
    { kind: "status", status: 429, retryAfter: "3600" },
    { exitCode: 75, stderr: "come back in 60 minutes" },
  ],
  ["a captive portal", TAGS, { kind: "html" }, { exitCode: 69, stderr: "a web page instead of data" }],
  [
    "a captive portal in the place of a manifest",
    MANIFEST,
    { kind: "html" },
    { exitCode: 69, stderr: "a web page instead of data" },
  ],
  [
    "a redirect in circles",
    BLOB,
    { kind: "redirect", to: "/v2/again/blobs/sha256:0" },
    { exitCode: 69, stderr: "more than 5 redirects" },
  ],
];

describe.each(FAULTS)("%s", (_, pattern, fault, expected) => {
  test("stops a first start with a sentence, and leaves nothing that is used", async () => {
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", "echo one");
    await sandbox.build();
    sandbox.setFaults(
      fault.kind === "redirect" ? ({ path }) => (/blobs\//.test(path) ? fault : undefined) : faultOn(pattern, fault),
    );
    const { exitCode, stdout, stderr } = await sandbox.launch();
    expect({ exitCode, stdout }).toEqual({ exitCode: expected.exitCode, stdout: "" });
    expect(stderr).toContain("app could not be installed.");
    expect(stderr).toContain(expected.stderr);
    sandbox.setFaults(undefined);
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "one\n", stderr: "" });
  });

  test("stops no later start: what is installed runs", async () => {
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", "echo one");
    await sandbox.build();
    await sandbox.launch();
    await sandbox.publish("1.1.0", "echo two");
    sandbox.setFaults(
      fault.kind === "redirect" ? ({ path }) => (/blobs\//.test(path) ? fault : undefined) : faultOn(pattern, fault),
    );
    const { exitCode, stdout, stderr } = await sandbox.launch();
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "one\n" });
    // A check that comes to nothing is not worth a word; an update that was begun is.
    expect(stderr === "" || stderr.startsWith("The update of app to 1.1.0 did not work; 1.0.0 is started.")).toBe(true);
    sandbox.setFaults(undefined);
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "two\n" });
  });
});

describe("a bad line", () => {
  test.each([
    ["is cut in the middle", { kind: "truncate", after: 40 }],
    ["is reset in the middle", { kind: "reset", after: 40 }],
    ["fails for a moment", { kind: "status", status: 503 }],
  ] as const)("that %s is tried again, and the update comes through", async (_, fault) => {
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", "echo one");
    await sandbox.build();
    sandbox.setFaults(faultOn(BLOB, fault, 1));
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "one\n", stderr: "" });
  });

  test("that never answers delays a start by the deadline at most", async () => {
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", "echo one");
    await sandbox.build({ update: { timeout: "200ms" } });
    await sandbox.launch();
    sandbox.setFaults(faultOn(TAGS, { kind: "hang" }));
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "one\n", stderr: "" });
    expect(await readFile(join(sandbox.data, "log", "launcher.jsonl"), "utf8")).toContain("it did not answer in time");
  });

  test("keeps what has arrived for the next start", async () => {
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", `echo one\n# ${"x".repeat(20_000).replace(/x/g, () => Math.random().toString(36))}`);
    await sandbox.build();
    sandbox.setFaults(({ method, path, earlier }) =>
      BLOB.test(`${method} ${path}`) && earlier < 99
        ? { kind: "truncate", after: earlier === 0 ? 5000 : 0 }
        : undefined,
    );
    expect(await sandbox.launch()).toMatchObject({ exitCode: 69 });
    sandbox.setFaults(undefined);
    sandbox.requests.length = 0;
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "one\n" });
    expect(sandbox.requests.find(({ path }) => path.includes("/blobs/"))).toMatchObject({ status: 206 });
  });
});

describe("a disk", () => {
  test("on which the program's folder cannot be made stops a first start, and says which", async () => {
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", "echo one");
    await sandbox.build();
    await mkdir(dirname(sandbox.data), { recursive: true });
    await writeFile(sandbox.data, "a file in the way");
    const { exitCode, stderr } = await sandbox.launch();
    expect(exitCode).toBe(73);
    expect(stderr).toContain(sandbox.data);
    await rm(sandbox.data);
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "one\n" });
  });

  test.runIf(canMount())("that is full stops a first start, and lets what is installed run", async () => {
    await using sandbox = await openSandbox();
    await mkdir(sandbox.data, { recursive: true });
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", sandbox.data]);
    try {
      const large = `echo large\n# ${noise(400_000).toString("base64")}`;
      await sandbox.publish("2.0.0", large);
      await sandbox.build({ version: "2.0.0" });
      expect(await sandbox.launch()).toMatchObject({
        exitCode: 74,
        stderr: expect.stringContaining("the disk is full"),
      });

      await sandbox.publish("1.0.0", "echo one");
      expect(await sandbox.launch([], { env: { SLIPWAY_VERSION: "1.0.0" } })).toMatchObject({
        exitCode: 0,
        stdout: "one\n",
      });
      // The update does not fit: a sentence, and what was installed runs, now and the next time.
      const { exitCode, stdout, stderr } = await sandbox.launch();
      expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "one\n" });
      expect(stderr).toContain("the disk is full");
      execFileSync("sh", ["-c", `cat /dev/zero > "${sandbox.data}/filler" 2>/dev/null || true`]);
      expect(await sandbox.launch([], { env: { SLIPWAY_VERSION: "1.0.0" } })).toMatchObject({
        exitCode: 0,
        stdout: "one\n",
      });
    } finally {
      execFileSync("umount", [sandbox.data]);
    }
  });
});

/** A file system of a few kilobytes takes root, and a sandbox may forbid it even then. */
function canMount(): boolean {
  const directory = mkdtempSync(join(tmpdir(), "slipway-mount-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", directory]).status === 0;
  if (mounted) spawnSync("umount", [directory]);
  else console.warn("skipped: a full disk takes the right to mount one");
  rmdirSync(directory);
  return mounted;
}
