import { truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Bytes } from "../../../src/oci/storage.ts";
import { listTree, tarTree } from "../../../src/release/tree.ts";
import { collect } from "../../support/bytes.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

test.each([
  ["shrank", 10],
  ["grew", 300_000],
])("a file that %s after it was listed ends the archive with an error", async (_title, size) => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "app");
  await writeFile(path, Buffer.alloc(200_000));
  const entries = await listTree(directory.path, "");
  await truncate(path, size);
  await expect(collect(tarTree(entries) as Bytes)).rejects.toMatchObject({
    code: "io",
    message: expect.stringContaining(`${path} changed while it was read: 200000 bytes, then`),
  });
});
