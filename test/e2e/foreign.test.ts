import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { describe as describeContent, type Descriptor } from "../../src/oci/descriptor.ts";
import { encodeManifest } from "../../src/oci/manifest.ts";
import { OCI_IMAGE_CONFIG, OCI_INDEX, OCI_LAYER_TAR, OCI_MANIFEST } from "../../src/oci/mediaTypes.ts";
import type { Platform } from "../../src/oci/platform.ts";
import { contentOf, type TaggedStorage } from "../../src/oci/storage.ts";
import { openRegistry } from "../../src/registry/client.ts";
import { hasProgram } from "../support/peer.ts";
import { run } from "../support/run.ts";
import { expectSuccess, openSandbox, type Sandbox } from "../support/sandbox.ts";
import { makeSchema1 } from "../support/schema1.ts";
import { startScriptedServer } from "../support/scriptedServer.ts";
import { tarOf, type TarEntry } from "../unit/release/layers.ts";

const arch = process.arch === "arm64" ? "arm64" : "amd64";

async function withRepository(sandbox: Sandbox, act: (target: TaggedStorage) => Promise<void>): Promise<void> {
  await using network = openRegistry({ userAgent: "test" });
  const [host = "", ...name] = sandbox.repository.split("/");
  await act(network.repository({ host, name: name.join("/") }));
}

async function push(target: TaggedStorage, mediaType: string, bytes: Uint8Array, tag?: string): Promise<Descriptor> {
  const descriptor = describeContent(mediaType, bytes);
  await target.push(descriptor, contentOf(bytes), tag === undefined ? {} : { tag });
  return descriptor;
}

async function pushManifest(
  target: TaggedStorage,
  manifest: Record<string, unknown>,
  tag?: string,
): Promise<Descriptor> {
  return await push(target, String(manifest["mediaType"]), encodeManifest({ schemaVersion: 2, ...manifest }), tag);
}

const BOTTLES: readonly Platform[] = [
  { os: "darwin", architecture: "amd64", "os.version": "macOS 11.7" },
  { os: "darwin", architecture: "amd64", "os.version": "macOS 13" },
  { os: "darwin", architecture: "arm64", "os.version": "macOS 14" },
  { os: "linux", architecture: arch, "os.version": "Ubuntu 22.04.2 LTS" },
];

/** As Homebrew publishes: an index whose entries say for which system, each with one archive under a file's name. */
async function pushBottle(target: TaggedStorage): Promise<void> {
  const config = await push(
    target,
    OCI_IMAGE_CONFIG,
    Buffer.from('{"architecture":"amd64","os":"darwin","rootfs":{"type":"layers","diff_ids":[]}}'),
  );
  const manifests = [];
  for (const platform of BOTTLES) {
    const version = platform["os.version"] ?? "";
    const script = `#!/bin/sh\necho vim for ${version}\n`;
    const tar = gzipSync(await tarOf([{ name: "vim/9.0.1900/bin/vim", content: script, mode: 0o555 }]));
    const layer = await push(target, `${OCI_LAYER_TAR}+gzip`, tar);
    const annotations = { "sh.brew.bottle.digest": layer.digest.slice("sha256:".length), "sh.brew.tab": "{}" };
    const title = `vim--9.0.1900.${version.replaceAll(/\W+/g, "_").toLowerCase()}.bottle.tar.gz`;
    const manifest = await pushManifest(target, {
      mediaType: OCI_MANIFEST,
      config,
      layers: [{ ...layer, annotations: { "org.opencontainers.image.title": title } }],
      annotations: { "com.github.package.type": "homebrew_bottle", ...annotations },
    });
    manifests.push({ ...manifest, platform, annotations });
  }
  await pushManifest(target, { mediaType: OCI_INDEX, manifests }, "9.0.1900");
}

describe("a Homebrew bottle", () => {
  test("is pulled for the system that is asked for, as the file that brew wants", async () => {
    await using sandbox = await openSandbox();
    await withRepository(sandbox, pushBottle);
    const pull = ["pull", `${sandbox.repository}:9.0.1900`, "--platform", "darwin/amd64", "-o", "there"];
    const several = await sandbox.slipway(pull);
    expect(several).toMatchObject({ exitCode: 2, stdout: "" });
    expect(several.stderr).toContain('darwin/amd64 --os-version "macOS 11.7"');
    expect(several.stderr).toContain('darwin/amd64 --os-version "macOS 13"');
    expectSuccess(await sandbox.slipway([...pull, "--os-version", "macOS 11"]));
    expect(await readdir(join(sandbox.directory, "there"))).toEqual(["vim--9.0.1900.macos_11_7.bottle.tar.gz"]);
    expect(await sandbox.slipway([...pull, "--os-version", "macOS 1"])).toMatchObject({ exitCode: 66 });
  });

  test("is unpacked and started by a launcher", async () => {
    await using sandbox = await openSandbox();
    await withRepository(sandbox, pushBottle);
    await sandbox.build({ entrypoint: "vim/9.0.1900/bin/vim" });
    expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "vim for Ubuntu 22.04.2 LTS\n" });
  });
});

/** An image of these layers, oldest first. */
async function pushImage(
  target: TaggedStorage,
  layers: readonly (readonly TarEntry[])[],
  config: unknown,
): Promise<void> {
  const descriptors = [];
  for (const entries of layers)
    descriptors.push(await push(target, `${OCI_LAYER_TAR}+gzip`, gzipSync(await tarOf(entries))));
  const bytes = Buffer.from(JSON.stringify({ os: "linux", architecture: arch, config }));
  await pushManifest(
    target,
    { mediaType: OCI_MANIFEST, config: await push(target, OCI_IMAGE_CONFIG, bytes), layers: descriptors },
    "1.0.0",
  );
}

describe("an image", () => {
  const program = { name: "opt/tool/bin/app", content: '#!/bin/sh\necho started $0 "$@"\n', mode: 0o755 };
  const noise = { name: "usr/bin/other", content: "#!/bin/sh\n", mode: 0o755 };

  test.each<[string, unknown]>([
    ["its entrypoint", { Entrypoint: ["/opt/tool/bin/app", "--serve"] }],
    ["its command", { Cmd: ["bin/app"], WorkingDir: "/opt/tool" }],
    ["a name on its path", { Entrypoint: ["app"], Env: ["PATH=/usr/bin:/opt/tool/bin"] }],
    ["a link to it from its root", { Entrypoint: ["/run/app"] }],
  ])("is started by %s, with the person's own arguments", async (_, config) => {
    await using sandbox = await openSandbox();
    const link = { name: "run", type: "symlink" as const, linkname: "/opt/tool/bin" };
    await withRepository(sandbox, async (target) => await pushImage(target, [[noise], [program, link]], config));
    await sandbox.build();
    const started = await sandbox.launch(["one"]);
    expect(started).toMatchObject({ exitCode: 0, stderr: "" });
    expect(started.stdout).toMatch(/^started .*\/app one\n$/);
  });

  test("is pulled with all layers laid over each other", async () => {
    await using sandbox = await openSandbox();
    const layers = [
      [program, { name: "etc/old", content: "old" }],
      [{ name: "etc/.wh.old", content: "" }, noise],
    ];
    await withRepository(sandbox, async (target) => await pushImage(target, layers, {}));
    expectSuccess(await sandbox.slipway(["pull", `${sandbox.repository}:1.0.0`, "-o", "there"]));
    expect(await readdir(join(sandbox.directory, "there", "etc"))).toEqual([]);
    expect(await readdir(join(sandbox.directory, "there", "usr", "bin"))).toEqual(["other"]);
  });
});

describe("Docker's old schema 1", () => {
  async function serve() {
    const sample = await makeSchema1(
      [[{ name: "bin/app", content: "#!/bin/sh\n", mode: 0o755 }], [{ name: "etc/motd", content: "hello" }]],
      { Entrypoint: ["/bin/app"] },
    );
    const server = await startScriptedServer((_, url) => {
      const last = decodeURIComponent(url.pathname.split("/").at(-1) ?? "");
      if (url.pathname.includes("/manifests/"))
        return {
          headers: {
            "content-type": "application/vnd.docker.distribution.manifest.v1+prettyjws",
            "docker-content-digest": sample.digest,
          },
          body: sample.body,
        };
      const blob = sample.blobs.get(last as Descriptor["digest"]);
      return blob === undefined ? undefined : { body: blob };
    });
    return { server, sample, reference: `${server.address}/library/hitch:1.8.0-1` };
  }

  test("is pulled, with a warning", async () => {
    await using sandbox = await openSandbox();
    const { server, reference } = await serve();
    await using _ = server;
    const pulled = await sandbox.slipway(["pull", reference, "-o", "there"]);
    expect(pulled).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("old schema 1") });
    expect(await readFile(join(sandbox.directory, "there", "etc", "motd"), "utf8")).toBe("hello");
    const copied = await sandbox.slipway(["copy", reference, sandbox.repository]);
    expect(copied).toMatchObject({ exitCode: 65, stderr: expect.stringContaining("slipway pull") });
    const shown = await sandbox.slipway(["manifest", reference]);
    expect(shown.stdout).toContain('"schemaVersion": 1');
  });

  test.runIf(hasProgram("skopeo")).each(["docker-archive", "oci-archive"])(
    "becomes a %s that skopeo reads",
    async (format) => {
      await using sandbox = await openSandbox();
      const { server, reference } = await serve();
      await using _ = server;
      expectSuccess(await sandbox.slipway(["pull", reference, "--format", format, "-o", "image.tar"]));
      const place = `${format}:${join(sandbox.directory, "image.tar")}`;
      const shown = await run("skopeo", ["inspect", place], { env: process.env });
      expectSuccess(shown);
      expect(JSON.parse(shown.stdout)).toMatchObject({ Architecture: "amd64", Os: "linux" });
      const folder = join(sandbox.directory, "copied");
      expectSuccess(await run("skopeo", ["--insecure-policy", "copy", place, `dir:${folder}`], { env: process.env }));
      expect((await readdir(folder)).length).toBe(5);
    },
  );
});

describe.runIf(hasProgram("skopeo"))("an image for docker load", () => {
  test("is what skopeo reads, layer by layer, and comes back", async () => {
    await using sandbox = await openSandbox();
    const layers = [[{ name: "a", content: "a" }], [{ name: "b", content: "b" }]];
    const diffIds: string[] = [];
    for (const entries of layers) diffIds.push(describeContent("a/b", await tarOf(entries)).digest);
    await withRepository(sandbox, async (target) => {
      const descriptors = [];
      for (const entries of layers)
        descriptors.push(await push(target, `${OCI_LAYER_TAR}+gzip`, gzipSync(await tarOf(entries))));
      const config = { os: "linux", architecture: arch, config: {}, rootfs: { type: "layers", diff_ids: diffIds } };
      const pushed = await push(target, OCI_IMAGE_CONFIG, Buffer.from(JSON.stringify(config)));
      await pushManifest(target, { mediaType: OCI_MANIFEST, config: pushed, layers: descriptors }, "1.0.0");
    });
    const args = ["pull", `${sandbox.repository}:1.0.0`, "--format", "docker-archive", "-o", "image.tar"];
    expectSuccess(await sandbox.slipway(args));
    const place = `docker-archive:${join(sandbox.directory, "image.tar")}`;
    const shown = await run("skopeo", ["inspect", place], { env: process.env });
    expect(JSON.parse(shown.stdout)).toMatchObject({ Layers: diffIds });
    await writeFile(join(sandbox.directory, "again"), "");
    expectSuccess(await sandbox.slipway(["copy", "image.tar", `${sandbox.repository}:back`]));
    expectSuccess(await sandbox.slipway(["pull", `${sandbox.repository}:back`, "-o", "there"]));
    expect((await readdir(join(sandbox.directory, "there"))).sort()).toEqual(["a", "b"]);
    expect(await sandbox.slipway(args)).toMatchObject({ exitCode: 73 });
    expectSuccess(await sandbox.slipway([...args, "--force"]));
  });
});
