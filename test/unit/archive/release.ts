import { openLayout } from "../../../src/archive/layout.ts";
import { copyGraph } from "../../../src/oci/copy.ts";
import type { Descriptor } from "../../../src/oci/descriptor.ts";
import { openMemory } from "../../../src/oci/memory.ts";
import { pushSample } from "../../support/sample.ts";

/** Copies the release of that tag into the layout, one content after the other. The same tag is the same content. */
export async function pushRelease(directory: string, tag: string): Promise<Descriptor> {
  const source = openMemory();
  const index = await pushSample(source, { tag, seed: tag });
  await copyGraph(source, await openLayout(directory), index, { tag, concurrency: 1 });
  return index;
}
