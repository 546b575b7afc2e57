import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { availableParallelism, freemem } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { formatError } from "../../errors.ts";
import { DELTA_FROM, DELTA_TO, DELTA_VERSION, TITLE } from "../../oci/annotations.ts";
import { describe } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { APP_DELTA } from "../../oci/mediaTypes.ts";
import type { Storage } from "../../oci/storage.ts";
import { contentOfFile } from "../../release/fileContent.ts";
import { openLayer } from "../../release/layerContent.ts";
import type { Packed } from "../../release/pack.ts";
import { computeDelta } from "./computeDelta.ts";
import type { End, PlannedDelta } from "./planDeltas.ts";
import { openRoom } from "./room.ts";

export interface DeltaWork {
  /** Where the older content is. */
  readonly published: Storage;
  /** Where the newer content is. */
  readonly staged: Storage;
  readonly workDirectory: string;
  readonly onNote: (sentence: string) => void;
  readonly onProgress: (done: number, all: number) => void;
}

// Of the larger of the two contents.
const MEMORY_FACTOR = 10;
// A delta is tried before the whole: what saves less is not worth its place in the registry.
const WORTH = 0.7;

/** Makes each delta that is worth it, as many at once as the computer has room for. Undefined stands for the others. */
export async function packDeltas(planned: readonly PlannedDelta[], work: DeltaWork): Promise<(Packed | undefined)[]> {
  const free = freemem();
  const room = openRoom({ places: availableParallelism(), bytes: free / 2 });
  const files = openPlainFiles(work.workDirectory);
  let done = 0;
  work.onProgress(done, planned.length);
  return await Promise.all(
    planned.map(async (delta) => {
      const memory = MEMORY_FACTOR * Math.max(delta.from.size, delta.to.size);
      const packed = await room.use(memory, async () => {
        try {
          if (memory > free) throw new Error("there is not enough memory free");
          return await packDelta(delta, work, files);
        } catch (error) {
          const title = delta.to.layer.descriptor.annotations?.[TITLE] ?? "";
          work.onNote(`no delta of ${title} from ${delta.version}: ${formatError(error).split("\n", 1)[0] ?? ""}`);
          return undefined;
        }
      });
      done += 1;
      work.onProgress(done, planned.length);
      return packed;
    }),
  );
}

async function packDelta(
  { from, to, version }: PlannedDelta,
  { published, staged, workDirectory }: DeltaWork,
  files: PlainFiles,
): Promise<Packed | undefined> {
  const [before, after] = await Promise.all([files.write(from, published), files.write(to, staged)]);
  const path = join(workDirectory, randomUUID());
  await computeDelta({ before, after, delta: path, digest: to.digest, size: to.size });
  const bytes = await readFile(path);
  if (bytes.byteLength >= to.layer.descriptor.size * WORTH) return undefined;
  return {
    descriptor: describe(APP_DELTA, bytes, {
      annotations: { [DELTA_FROM]: from.digest, [DELTA_TO]: to.digest, [DELTA_VERSION]: version },
    }),
    content: contentOfFile(path, bytes.byteLength),
    release: () => undefined,
  };
}

interface PlainFiles {
  /** A file with the content as it is before compression. */
  write(end: End, source: Storage): Promise<string>;
}

function openPlainFiles(directory: string): PlainFiles {
  const written = new Map<Digest, Promise<string>>();
  return {
    async write({ digest, layer }, source) {
      const path = join(directory, randomUUID());
      const content = openLayer(layer, source.fetch(layer.descriptor));
      const writing = written.get(digest) ?? pipeline(Readable.from(content), createWriteStream(path)).then(() => path);
      written.set(digest, writing);
      return await writing;
    },
  };
}
