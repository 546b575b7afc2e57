import { ARM64, DATA, type Kind, X64 } from "../../layout.ts";
import { type Executable, fromSections, type Section } from "./sections.ts";

// Apple's loader.h: MH_MAGIC_64, LC_SEGMENT_64, S_ZEROFILL and its kin, S_ATTR_PURE_INSTRUCTIONS, S_ATTR_SOME_INSTRUCTIONS.
const MAGIC = 0xfeedfacf;
const SEGMENT_64 = 0x19;
const EMPTY_TYPES: ReadonlySet<number> = new Set([0x1, 0xc, 0x12]);
const INSTRUCTIONS = 0x80000400;
const MACHINES: Readonly<Record<number, Kind>> = { 0x01000007: X64, 0x0100000c: ARM64 };
const SHORTEST_COMMAND = 8;
const [HEADER_BYTES, SEGMENT_BYTES, SECTION_BYTES] = [32, 72, 80];

export function readMachO(view: Buffer): Executable | undefined {
  if (view.readUInt32LE(0) !== MAGIC) return undefined;
  const kind = MACHINES[view.readUInt32LE(4)] ?? DATA;
  const number = (at: number): number => Number(view.readBigUInt64LE(at));
  const sections: Section[] = [];
  let base: number | undefined;
  let command = HEADER_BYTES;
  for (let left = view.readUInt32LE(16); left > 0; left -= 1) {
    if (view.readUInt32LE(command) === SEGMENT_64) {
      // The one that holds the header itself.
      if (number(command + 40) === 0 && number(command + 48) > 0) base ??= number(command + 24);
      const count = view.readUInt32LE(command + 64);
      for (let index = 0; index < count; index += 1) {
        const at = command + SEGMENT_BYTES + index * SECTION_BYTES;
        const flags = view.readUInt32LE(at + 64);
        const extent = number(at + 40);
        sections.push({
          offset: view.readUInt32LE(at + 48),
          size: EMPTY_TYPES.has(flags & 0xff) ? 0 : extent,
          address: number(at + 32) - (base ?? 0),
          extent,
          isCode: (flags & INSTRUCTIONS) !== 0,
        });
      }
    }
    const size = view.readUInt32LE(command + 4);
    // One without a length would be read again and again.
    if (size < SHORTEST_COMMAND) return undefined;
    command += size;
  }
  return fromSections(sections, { kind, base: base ?? 0, size: view.length });
}
