import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { describe as describeContent } from "../../src/oci/descriptor.ts";
import { contentOf } from "../../src/oci/storage.ts";
import { openRegistry } from "../../src/registry/client.ts";
import { composeArtifactManifest } from "../../src/release/compose.ts";
import { faultOn } from "../../src/server/registry/faults.ts";
import { expectSuccess, openSandbox, type Sandbox } from "../support/sandbox.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

async function writeAssets(sandbox: Sandbox): Promise<void> {
  await writeFile(join(sandbox.directory, "app"), "#!/bin/sh\necho app\n", { mode: 0o755 });
  await writeFile(join(sandbox.directory, "README.md"), "# Read me\n");
  await mkdir(join(sandbox.directory, "images", "small"), { recursive: true });
  await writeFile(join(sandbox.directory, "images", "logo.svg"), "<svg/>");
  await writeFile(join(sandbox.directory, "images", "small", "logo.svg"), "<svg small/>");
  await symlink("logo.svg", join(sandbox.directory, "images", "link.svg"));
}

describe("plain files", () => {
  test("travel as they are: names, bits, folders, links, media types", async () => {
    await using sandbox = await openSandbox();
    await writeAssets(sandbox);
    const reference = `${sandbox.repository}:latest`;
    const pushed = await sandbox.slipway([
      "push",
      reference,
      "./app",
      "README.md:text/markdown",
      "./images/:application/x-tar",
      "--artifact-type",
      "image/svg+xml",
      "--annotation",
      "org.opencontainers.image.licenses=MIT",
    ]);
    expect(pushed).toMatchObject({ exitCode: 0, stderr: "" });
    const manifest = JSON.parse((await sandbox.slipway(["manifest", reference])).stdout) as Record<string, unknown>;
    expect(manifest).toMatchObject({
      artifactType: "image/svg+xml",
      config: { mediaType: "application/vnd.oci.empty.v1+json" },
      annotations: { "org.opencontainers.image.licenses": "MIT" },
      layers: [
        { mediaType: "application/octet-stream", annotations: { "org.opencontainers.image.title": "app" } },
        { mediaType: "text/markdown", annotations: { "org.opencontainers.image.title": "README.md" } },
        { mediaType: "application/x-tar", annotations: { "org.opencontainers.image.title": "images" } },
      ],
    });

    const pulled = await sandbox.slipway(["pull", reference, "-o", "there"]);
    expect(pulled).toMatchObject({ exitCode: 0, stderr: "" });
    expect(pulled.stdout).toContain(sha256("#!/bin/sh\necho app\n"));
    const there = join(sandbox.directory, "there");
    expect((await readdir(there)).sort()).toEqual(["README.md", "app", "images"]);
    expect((await stat(join(there, "app"))).mode & 0o111).not.toBe(0);
    expect(await readFile(join(there, "images", "link.svg"), "utf8")).toBe("<svg/>");
    expect(await readFile(join(there, "images", "small", "logo.svg"), "utf8")).toBe("<svg small/>");
  });

  test("move any tag, but no version's", async () => {
    await using sandbox = await openSandbox();
    await writeFile(join(sandbox.directory, "a"), "a");
    await writeFile(join(sandbox.directory, "b"), "b");
    const push = async (tag: string, file: string) =>
      await sandbox.slipway(["push", `${sandbox.repository}:${tag}`, file]);
    expectSuccess(await push("latest", "a"));
    expect((await push("latest", "b")).stdout).toContain("replaced");
    expectSuccess(await push("1.0.0", "a"));
    expect(await push("1.0.0", "b")).toMatchObject({
      exitCode: 73,
      stderr: expect.stringContaining("exists with other content"),
    });
  });

  test("are started by a launcher when there is one program", async () => {
    await using sandbox = await openSandbox();
    await writeAssets(sandbox);
    expectSuccess(await sandbox.slipway(["push", `${sandbox.repository}:1.0.0`, "./app"]));
    await sandbox.build();
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "app\n" });
  });

  test.each([
    ["a file that is not there", ["missing"], 66, "there is no "],
    ["an option for releases", ["app", "--include", "app"], 2, "--include is for releases"],
    ["a type that is none", ["app", "--artifact-type", "svg"], 2, 'not an artifact type: "svg"'],
    ["the same name twice", ["app", "./app"], 2, 'two things are called "app"'],
    ["a number of transfers that is none", ["app", "--concurrency", "many"], 2, "not a number of transfers"],
  ])("are refused with %s", async (_, args, exitCode, message) => {
    await using sandbox = await openSandbox();
    await writeFile(join(sandbox.directory, "app"), "app");
    const run = await sandbox.slipway(["push", `${sandbox.repository}:latest`, ...args]);
    expect(run).toMatchObject({ exitCode, stdout: "", stderr: expect.stringContaining(message) });
    expect(run.stderr).toMatch(/\n\n\S/);
  });
});

describe("slipway pull", () => {
  test("takes this computer's platform, or the one that is asked for", async () => {
    await using sandbox = await openSandbox();
    await writeFile(join(sandbox.directory, "app"), "unix");
    await writeFile(join(sandbox.directory, "app.exe"), "windows");
    const here = `linux/${process.arch === "arm64" ? "arm64" : "amd64"}`;
    const reference = `${sandbox.repository}:1.0.0`;
    expectSuccess(await sandbox.slipway(["push", reference, `${here}=app`, "windows/amd64=app.exe"]));
    expect((await sandbox.slipway(["pull", reference, "-o", "a"])).stdout).toContain(`for ${here}`);
    expect(await readFile(join(sandbox.directory, "a", "app"), "utf8")).toBe("unix");
    const pulled = await sandbox.slipway(["pull", reference, "-o", "b", "--platform", "windows/amd64", "--json"]);
    expect(JSON.parse(pulled.stdout)).toMatchObject({
      platform: "windows/amd64",
      layers: [{ path: "app.exe", size: 7, digest: `sha256:${sha256("windows")}` }],
    });
    expect(await sandbox.slipway(["pull", reference, "--platform", "linux/s390x"])).toMatchObject({
      exitCode: 66,
      stderr: expect.stringContaining("windows/amd64"),
    });
  });

  test("never writes over other content unasked, and changes nothing when it fails", async () => {
    await using sandbox = await openSandbox();
    await writeFile(join(sandbox.directory, "a"), "new a");
    await writeFile(join(sandbox.directory, "b"), "new b");
    const reference = `${sandbox.repository}:latest`;
    expectSuccess(await sandbox.slipway(["push", reference, "a", "b"]));
    const there = join(sandbox.directory, "there");
    await mkdir(there);
    await writeFile(join(there, "b"), "old b");
    expect(await sandbox.slipway(["pull", reference, "-o", "there"])).toMatchObject({
      exitCode: 73,
      stderr: expect.stringContaining("is there already, with other content"),
    });
    expect(await readdir(there)).toEqual(["b"]);
    expectSuccess(await sandbox.slipway(["pull", reference, "-o", "there", "--force"]));
    expect(await readFile(join(there, "b"), "utf8")).toBe("new b");
    // The same again is no conflict.
    expectSuccess(await sandbox.slipway(["pull", reference, "-o", "there"]));
    expect((await readdir(there)).sort()).toEqual(["a", "b"]);
  });

  test("survives a connection that breaks in the middle", async () => {
    await using sandbox = await openSandbox();
    const text = "0123456789".repeat(200_000);
    await writeFile(join(sandbox.directory, "large"), text);
    const reference = `${sandbox.repository}:latest`;
    expectSuccess(await sandbox.slipway(["push", reference, "large"]));
    sandbox.setFaults(faultOn(/^GET .*\/blobs\//, { kind: "reset", after: 500_000 }, 2));
    const before = sandbox.requests.length;
    expectSuccess(await sandbox.slipway(["pull", reference, "-o", "there"]));
    const asked = sandbox.requests
      .slice(before)
      .filter(({ method, path }) => method === "GET" && path.includes("/blobs/"));
    expect(asked).toHaveLength(3);
    expect(await readFile(join(sandbox.directory, "there", "large"), "utf8")).toBe(text);
  });

  test("names files that nobody named by their digest", async () => {
    await using sandbox = await openSandbox();
    await using network = openRegistry({ userAgent: "test" });
    const [host = "", ...name] = sandbox.repository.split("/");
    const target = network.repository({ host, name: name.join("/") });
    const layer = describeContent("application/json", Buffer.from("untitled"));
    const { bytes, descriptor, config } = composeArtifactManifest({ layers: [layer], artifactType: "a/b" });
    await target.push(config.descriptor, contentOf(config.bytes));
    await target.push(layer, contentOf(Buffer.from("untitled")));
    await target.push(descriptor, contentOf(bytes), { tag: "untitled" });
    expectSuccess(await sandbox.slipway(["pull", `${sandbox.repository}:untitled`, "-o", "there"]));
    expect(await readdir(join(sandbox.directory, "there"))).toEqual([`sha256-${sha256("untitled").slice(0, 12)}.json`]);
  });
});

describe("slipway blob", () => {
  test("prints a blob's bytes, and finds out when they are not what the digest says", async () => {
    await using sandbox = await openSandbox();
    await writeFile(join(sandbox.directory, "a"), "content");
    expectSuccess(await sandbox.slipway(["push", `${sandbox.repository}:latest`, "a"]));
    const reference = `${sandbox.repository}@sha256:${sha256("content")}`;
    expect(await sandbox.slipway(["blob", reference])).toMatchObject({ exitCode: 0, stdout: "content" });
    expect(JSON.parse((await sandbox.slipway(["blob", reference, "--json"])).stdout)).toMatchObject({ size: 7 });
    sandbox.setFaults(faultOn(/^GET .*\/blobs\//, { kind: "wrong-bytes" }));
    expect(await sandbox.slipway(["blob", reference])).toMatchObject({
      exitCode: 65,
      stderr: expect.stringContaining("wrong digest"),
    });
    sandbox.setFaults(undefined);
    expect(await sandbox.slipway(["blob", `${sandbox.repository}@sha256:${sha256("other")}`])).toMatchObject({
      exitCode: 66,
    });
    expect(await sandbox.slipway(["blob", `${sandbox.repository}:latest`])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("a blob is named by its digest"),
    });
  });
});
