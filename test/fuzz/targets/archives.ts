import { ok } from "node:assert/strict";
import { open } from "node:fs/promises";
import { openLayout } from "../../../src/archive/layout.ts";
import { onlyManifest } from "../../../src/archive/location.ts";
import { type Archive, openArchive } from "../../../src/archive/openArchive.ts";
import { BLOCK, formatTarHeaders, padding, parsePax, TAR_END } from "../../../src/archive/tarHeader.ts";
import { readTarIndex } from "../../../src/archive/tarIndex.ts";
import { childrenOf, parseManifest } from "../../../src/oci/manifest.ts";
import { politely, type Target, target } from "../target.ts";
import { emptyFolder, fileWith } from "../workplace.ts";
import { CONFIG, DOCKER_TAR, filesTar, IMAGE, INDEX, LAYER, LAYOUT_TAR } from "./samples.ts";
import { mendTar, oddTar } from "./tars.ts";

const LONG = `${"long/".repeat(30)}name`;
const MAX_MANIFESTS = 8;

/** Everything that can be asked of it. */
async function readAll(archive: Omit<Archive, typeof Symbol.asyncDispose>, size: number): Promise<void> {
  await politely(() => archive.tags());
  for (const { digest } of (await archive.manifests()).slice(0, MAX_MANIFESTS)) {
    const found = await politely(() => archive.fetchManifest(digest));
    if (found === undefined) continue;
    ok(found.bytes.byteLength <= size);
    const manifest = await politely(async () => parseManifest(found.bytes, found.descriptor.mediaType));
    for (const child of manifest === undefined ? [] : childrenOf(manifest).slice(0, MAX_MANIFESTS)) {
      await politely(async () => {
        let read = 0;
        for await (const chunk of archive.fetch(child)) read += chunk.byteLength;
        ok(read === child.size && read <= size);
      });
    }
  }
}

/** Archives and image layouts on the disk. */
export const archives: readonly Target[] = [
  target("tar", [filesTar({ [LONG]: "x", b: "y" }), oddTar(), LAYER], async (bytes) => {
    for (const tar of [bytes, mendTar(bytes)]) {
      const file = await open(fileWith(tar, "some.tar"), "r");
      try {
        for (const { offset, size } of (await politely(() => readTarIndex(file)))?.values() ?? [])
          ok(offset % BLOCK === 0 && size >= 0 && offset + size <= tar.byteLength);
      } finally {
        await file.close();
      }
    }
  }),
  target(
    "pax",
    ["30 mtime=1350244992.023960108\n11 path=ab\n", "17 size=123456789\n", "22 GNU.sparse.major=1\n"],
    (bytes) => {
      const { size = 0 } = parsePax(Buffer.from(bytes));
      ok(Number.isSafeInteger(size) && size >= 0);
    },
  ),
  target("archive", [LAYOUT_TAR, DOCKER_TAR], async (bytes) => {
    for (const tar of [bytes, mendTar(bytes)]) {
      await politely(async () => {
        await using archive = await openArchive(fileWith(tar, "archive.tar"));
        await readAll(archive, tar.byteLength + 4096);
        await onlyManifest(archive, { kind: "tar", path: "archive.tar" });
      });
    }
  }),
  target(
    "docker-list",
    [[{ Config: "c.json", RepoTags: ["app:1"], Layers: ["l.tar", "l.tar"] }], [{ Config: "./c.json" }]],
    async (bytes) => {
      const files = { "manifest.json": bytes, "c.json": JSON.stringify(CONFIG), "l.tar": LAYER };
      await using archive = await openArchive(fileWith(filesTar(files), "docker.tar"));
      await readAll(archive, bytes.byteLength + 1024 * 1024);
    },
  ),
  target("docker-image", [CONFIG, {}], async (bytes) => {
    const list = JSON.stringify([{ Config: "c.json", Layers: ["l.tar"] }]);
    const tar = filesTar({ "manifest.json": list, "c.json": bytes, "l.tar": LAYER });
    await using archive = await openArchive(fileWith(tar, "docker.tar"));
    await readAll(archive, bytes.byteLength + 1024 * 1024);
  }),
  target("layout", [INDEX, { manifests: [] }], async (bytes) => {
    const directory = emptyFolder("layout");
    fileWith(Buffer.from('{"imageLayoutVersion":"1.0.0"}'), "layout", "oci-layout");
    fileWith(bytes, "layout", "index.json");
    const [algorithm = "", encoded = ""] = INDEX.manifests[0]?.digest.split(":") ?? [];
    fileWith(Buffer.from(JSON.stringify(IMAGE)), "layout", "blobs", algorithm, encoded);
    const layout = await openLayout(directory, { readOnly: true });
    await readAll(layout, 1024 * 1024);
  }),
  target(
    "header",
    [formatTarHeaders("a", 5), Buffer.concat([formatTarHeaders(LONG, 1), Buffer.from("x"), padding(1), TAR_END])],
    async (bytes) => {
      const file = await open(fileWith(mendTar(bytes), "some.tar"), "r");
      try {
        await readTarIndex(file, { offset: 0, size: bytes.byteLength + 1 });
      } finally {
        await file.close();
      }
    },
  ),
];
