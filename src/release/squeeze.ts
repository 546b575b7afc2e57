import { createHash, randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Digest, rememberDigest } from "../oci/digest.ts";
import { type Content, contentOf } from "../oci/storage.ts";
import { contentOfFile, type HeldFile, readThrough } from "./fileContent.ts";
import { reading } from "./reading.ts";

/** Bytes that are ready to be pushed, and what they are of. */
export interface Squeezed {
  readonly digest: Digest;
  readonly size: number;
  readonly plainDigest: Digest;
  readonly plainSize: number;
  readonly content: Content;
  readonly release: () => void;
}

export interface SqueezeOptions {
  /** For errors; and what is read again when nothing compresses. */
  readonly path: string;
  /** An existing directory for compressed bytes. */
  readonly workDirectory: string;
  /** The steps of a pipeline that compress; undefined for what stays as it is. */
  readonly steps: readonly Transform[] | undefined;
  /** Keeps a small file that is not compressed in memory until it is released. */
  readonly hold?: boolean;
}

/** Compresses into a file of the work directory and hashes both sides in the same pass; a plain file stays where it is. */
export async function squeeze(open: () => Readable, options: SqueezeOptions): Promise<Squeezed> {
  const { path } = options;
  const plain = openHashing();
  if (options.steps === undefined) {
    const held = await reading(path, async () => await readThrough(path, plain.add));
    const { digest, size } = plain.result();
    const squeezed = { digest, size, plainDigest: digest, plainSize: size, ...unheld(contentOfFile(path, size)) };
    if (held !== undefined && options.hold === true) return { ...squeezed, ...holding(held, squeezed) };
    held?.release();
    return squeezed;
  }
  const file = join(options.workDirectory, randomUUID());
  const packed = openHashing();
  const steps = [open(), plain.stream, ...options.steps, packed.stream, createWriteStream(file)];
  await reading(path, async () => await pipeline(steps));
  const { digest, size } = packed.result();
  const { digest: plainDigest, size: plainSize } = plain.result();
  return { digest, size, plainDigest, plainSize, ...unheld(contentOfFile(file, size)) };
}

type Source = Pick<Squeezed, "content" | "release">;

function unheld(content: Content): Source {
  return { content, release: () => undefined };
}

/** The bytes while they are held, then the file. */
function holding(held: HeldFile, { digest, content: file }: Pick<Squeezed, "digest" | "content">): Source {
  let bytes: Uint8Array | undefined = held.bytes;
  rememberDigest(bytes, digest);
  return {
    content: (offset) => (bytes !== undefined && offset === 0 ? contentOf(bytes)(0) : file(offset)),
    release() {
      if (bytes !== undefined) held.release();
      bytes = undefined;
    },
  };
}

interface Hashing {
  /** A step of a pipeline that passes everything on. */
  readonly stream: Transform;
  readonly add: (chunk: Buffer) => void;
  readonly result: () => { digest: Digest; size: number };
}

function openHashing(): Hashing {
  const hash = createHash("sha256");
  let size = 0;
  const add = (chunk: Buffer): void => {
    hash.update(chunk);
    size += chunk.byteLength;
  };
  return {
    stream: new Transform({
      transform(chunk: Buffer, _encoding, done) {
        add(chunk);
        done(null, chunk);
      },
    }),
    add,
    result: () => ({ digest: `sha256:${hash.digest("hex")}`, size }),
  };
}
