import { writeDockerArchive } from "../../../src/archive/dockerArchive.ts";
import { createLayoutArchive } from "../../../src/archive/layoutArchive.ts";
import { copyGraph } from "../../../src/oci/copy.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import { pushImage } from "./images.ts";

/** Writes an image tagged app:1.0 over whatever is there, one content after the other. */
export async function writeArchive(file: string, kind: string): Promise<void> {
  const source = openMemory();
  const { descriptor: root, manifest } = await pushImage(source, { tag: "1.0", compressions: ["gzip", "none"] });
  if (kind === "docker") {
    await writeDockerArchive(file, { source, root, manifest, names: ["app:1.0"], replace: true, concurrency: 1 });
    return;
  }
  await using archive = await createLayoutArchive(file, { replace: true });
  await copyGraph(source, archive, root, { tag: "1.0", concurrency: 1 });
  await archive.finish();
}
