import { BLOCK, TAR_END } from "../../../src/archive/tarHeader.ts";
import { rawEntry, withChecksum } from "../../unit/archive/tars.ts";

/** The tar with right checksums, without which nobody reads on: the most unlikely thing that chance may come to. */
export function mendTar(bytes: Uint8Array): Buffer {
  const tar = Buffer.from(bytes);
  for (let position = 0; position + BLOCK <= tar.byteLength;) {
    const header = tar.subarray(position, position + BLOCK);
    if (header.every((byte) => byte === 0)) break;
    withChecksum(header);
    const size = Number.parseInt(header.toString("latin1", 124, 135), 8);
    const content = /[1-6]/.test(header.toString("latin1", 156, 157)) || !(size > 0) ? 0 : size;
    position += BLOCK + Math.ceil(content / BLOCK) * BLOCK;
  }
  return tar;
}

/** One entry of each kind that a tar may have. */
export function oddTar(): Buffer {
  const link = (name: string, type: string, target: string): Buffer => {
    const entry = rawEntry({ name, type });
    entry.write(target, 157);
    withChecksum(entry.subarray(0, BLOCK));
    return entry;
  };
  return Buffer.concat([
    rawEntry({ name: "folder/", type: "5" }),
    rawEntry({ name: "folder/file", content: "content" }),
    link("folder/link", "2", "file"),
    link("hard", "1", "folder/file"),
    rawEntry({ name: "././@LongLink", type: "L", content: `${"n".repeat(150)}\0` }),
    rawEntry({ name: "cut", content: "long name" }),
    rawEntry({ name: "././@LongLink", type: "K", content: "folder/file\0" }),
    link("hard2", "1", ""),
    rawEntry({ name: "pax", type: "x", content: "13 path=a/b/c\n".replace("13", "14") }),
    rawEntry({ name: "c", content: "pax" }),
    rawEntry({ name: "pax", type: "g", content: "19 comment=nothing\n" }),
    rawEntry({ name: "folder/.wh.file" }),
    rawEntry({ name: "folder/.wh..wh..opq" }),
    TAR_END,
  ]);
}
