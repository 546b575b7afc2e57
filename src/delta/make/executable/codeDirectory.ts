import { HASH_BYTES, hashPages, type PageHashes } from "../../pageHashes.ts";

// Apple's loader.h and cs_blobs.h; what is behind the load command is big-endian.
const MAGIC = 0xfeedfacf;
const CODE_SIGNATURE = 0x1d;
const [SUPER_BLOB, CODE_DIRECTORY] = [0xfade0cc0, 0xfade0c02];
const SHA_256 = 2;

/** The tables of a Mac program's signature that follow from the program: each is compared with what would be computed. */
export function findPageHashes(content: Uint8Array): PageHashes[] {
  const view = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  try {
    const found = directories(view);
    // None may be of another.
    const first = Math.min(...found.map(({ at }) => at));
    return found.filter((table) => {
      const hashes = hashPages(content, table);
      return (
        table.end <= first && hashes.length > 0 && view.subarray(table.at, table.at + hashes.length).equals(hashes)
      );
    });
  } catch {
    // Cut short, or no such program.
    return [];
  }
}

function directories(view: Buffer): PageHashes[] {
  const signature = findSignature(view);
  if (signature === undefined || view.readUInt32BE(signature) !== SUPER_BLOB) return [];
  const found: PageHashes[] = [];
  // A program has two at most: one with an older hash besides.
  const count = Math.min(view.readUInt32BE(signature + 8), 16);
  for (let index = 0; index < count; index += 1) {
    const at = signature + view.readUInt32BE(signature + 12 + index * 8 + 4);
    if (view.readUInt32BE(at) !== CODE_DIRECTORY) continue;
    const [hashOffset, slots, end] = [16, 28, 32].map((field) => view.readUInt32BE(at + field)) as [
      number,
      number,
      number,
    ];
    const [hashSize, hashType, pageBits] = [36, 37, 39].map((field) => view.readUInt8(at + field));
    const table = { at: at + hashOffset, pageBits: pageBits ?? 0, end };
    if (hashSize !== HASH_BYTES || hashType !== SHA_256 || table.pageBits < 9 || table.pageBits > 24) continue;
    if (slots === Math.ceil(end / 2 ** table.pageBits) && end <= table.at) found.push(table);
  }
  return found;
}

function findSignature(view: Buffer): number | undefined {
  if (view.readUInt32LE(0) !== MAGIC) return undefined;
  let command = 32;
  for (let left = view.readUInt32LE(16); left > 0; left -= 1) {
    if (view.readUInt32LE(command) === CODE_SIGNATURE) return view.readUInt32LE(command + 8);
    const size = view.readUInt32LE(command + 4);
    if (size < 8) return undefined;
    command += size;
  }
  return undefined;
}
