import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { openLayout } from "../../src/archive/layout.ts";
import { describe as describeContent } from "../../src/oci/descriptor.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { encodeManifest, parseManifest } from "../../src/oci/manifest.ts";
import {
  DOCKER_IMAGE_CONFIG,
  DOCKER_LAYER_GZIP,
  DOCKER_MANIFEST,
  DOCKER_SCHEMA1_SIGNED,
} from "../../src/oci/mediaTypes.ts";
import { contentOf, fetchBytes } from "../../src/oci/storage.ts";
import { openRegistry, type RepositoryClient } from "../../src/registry/client.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/dockerRegistry.ts";
import { hasProgram } from "../support/peer.ts";
import { run } from "../support/run.ts";
import { expectSuccess, openSandbox } from "../support/sandbox.ts";
import { tarOf } from "../unit/release/layers.ts";

const CONFIG = {
  architecture: "amd64",
  os: "linux",
  created: "2016-01-01T00:00:00Z",
  author: "somebody",
  config: { Entrypoint: ["/bin/app"], Env: ["PATH=/bin"], User: "app", WorkingDir: "/w", Labels: { a: "b" } },
  history: [
    { created: "2016-01-01T00:00:00Z", created_by: "ADD app /bin" },
    { created: "2016-01-01T00:00:00Z", created_by: "ENV PATH=/bin", empty_layer: true },
    { created: "2016-01-01T00:00:00Z", created_by: "ADD motd /etc" },
  ],
};

async function pushImage(repository: RepositoryClient): Promise<void> {
  const tars = [
    await tarOf([{ name: "bin/app", content: "app" }]),
    await tarOf([{ name: "etc/motd", content: "hello" }]),
  ];
  const put = async (mediaType: string, bytes: Uint8Array, tag?: string) => {
    const descriptor = describeContent(mediaType, bytes);
    await repository.push(descriptor, contentOf(bytes), tag === undefined ? {} : { tag });
    return descriptor;
  };
  const layers = [];
  for (const tar of tars) layers.push(await put(DOCKER_LAYER_GZIP, gzipSync(tar)));
  const rootfs = { type: "layers", diff_ids: tars.map((tar) => digestOf(tar)) };
  const config = await put(DOCKER_IMAGE_CONFIG, Buffer.from(JSON.stringify({ ...CONFIG, rootfs })));
  const manifest = { schemaVersion: 2, mediaType: DOCKER_MANIFEST, config, layers };
  await put(DOCKER_MANIFEST, encodeManifest(manifest), "new");
}

/** The registry makes and signs a schema 1 manifest for those who understand no other; kept, it is one for everybody. */
async function keepAsSchema1({ address }: DockerRegistry): Promise<Buffer> {
  const url = `http://${address}/v2/example/app/manifests`;
  const made = await fetch(`${url}/new`, { headers: { accept: DOCKER_SCHEMA1_SIGNED } });
  const body = Buffer.from(await made.arrayBuffer());
  const kept = await fetch(`${url}/old`, {
    method: "PUT",
    headers: { "content-type": DOCKER_SCHEMA1_SIGNED },
    body,
  });
  expect([made.status, kept.status]).toEqual([200, 201]);
  return body;
}

describe.runIf(hasProgram("docker-registry"))("a schema 1 manifest that docker-registry has signed", () => {
  test("has the digest that the registry says, by tag and by digest", async () => {
    await using registry = await startDockerRegistry({ kind: "none" }, { schema1: true });
    await using client = openRegistry({ userAgent: "test" });
    const repository = client.repository({ host: registry.address, name: "example/app" });
    await pushImage(repository);
    const body = await keepAsSchema1(registry);
    const { descriptor, bytes } = await repository.fetchManifest("old");
    expect(descriptor.mediaType).toBe(DOCKER_SCHEMA1_SIGNED);
    expect(descriptor.digest).not.toBe(digestOf(body));
    expect((await repository.fetchManifest(descriptor.digest)).bytes).toEqual(bytes);
    expect(await repository.resolve("old")).toEqual(descriptor);
    // Where there is a newer one, that is what is asked for.
    expect((await repository.fetchManifest("new")).descriptor.mediaType).toBe(DOCKER_MANIFEST);
  });

  test.runIf(hasProgram("skopeo"))("becomes the image that skopeo makes of it", async () => {
    await using sandbox = await openSandbox();
    await using registry = await startDockerRegistry({ kind: "none" }, { schema1: true });
    await using client = openRegistry({ userAgent: "test" });
    await pushImage(client.repository({ host: registry.address, name: "example/app" }));
    await keepAsSchema1(registry);
    const reference = `${registry.address}/example/app:old`;

    expectSuccess(await sandbox.slipway(["pull", reference, "-o", "files"]));
    expect(await readFile(join(sandbox.directory, "files", "etc", "motd"), "utf8")).toBe("hello");

    const folders = { ours: join(sandbox.directory, "ours"), theirs: join(sandbox.directory, "theirs") };
    expectSuccess(await sandbox.slipway(["copy", reference, `oci:${folders.ours}:old`]));
    expectSuccess(
      await run(
        "skopeo",
        ["--insecure-policy", "copy", "--src-tls-verify=false", `docker://${reference}`, `oci:${folders.theirs}:old`],
        { env: process.env },
      ),
    );
    const [ours, theirs] = [await readImage(folders.ours), await readImage(folders.theirs)];
    expect(ours.layers).toEqual(theirs.layers);
    // The registry's own conversion keeps no command of the newest step.
    const history = [...CONFIG.history.slice(0, -1), { created: "2016-01-01T00:00:00Z" }];
    expect(ours.config).toMatchObject({ ...CONFIG, history, rootfs: theirs.config["rootfs"] });
    for (const key of ["config", "history"]) expect(ours.config[key]).toEqual(theirs.config[key]);
  });
});

async function readImage(folder: string): Promise<{ layers: unknown; config: Record<string, unknown> }> {
  const layout = await openLayout(folder);
  const { bytes, descriptor } = await layout.fetchManifest("old");
  const manifest = parseManifest(bytes, descriptor.mediaType);
  if (manifest.kind !== "image") throw new Error("not an image");
  const config = await fetchBytes(layout, manifest.config, { limit: 1_000_000 });
  return {
    layers: manifest.layers.map(({ digest, size }) => ({ digest, size })),
    config: JSON.parse(Buffer.from(config).toString()) as Record<string, unknown>,
  };
}
