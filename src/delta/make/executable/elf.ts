import { ARM64, DATA, type Kind, X64 } from "../../layout.ts";
import { type Executable, fromSections, type Section } from "./sections.ts";

// gABI chapter 4: ELFCLASS64 and ELFDATA2LSB, SHF_ALLOC and SHF_EXECINSTR, SHT_NOBITS.
const [CLASS_64, LITTLE_ENDIAN, ALLOCATED, EXECUTABLE, NO_BITS] = [2, 1, 2, 4, 8];
const MACHINES: Readonly<Record<number, Kind>> = { 62: X64, 183: ARM64 };

export function readElf(view: Buffer): Executable | undefined {
  if (view.readUInt32BE(0) !== 0x7f454c46 || view[4] !== CLASS_64 || view[5] !== LITTLE_ENDIAN) return undefined;
  const kind = MACHINES[view.readUInt16LE(18)] ?? DATA;
  const number = (at: number): number => Number(view.readBigUInt64LE(at));
  const [table, entry, count] = [number(40), view.readUInt16LE(58), view.readUInt16LE(60)];
  const sections: Section[] = [];
  for (let index = 0; index < count; index += 1) {
    const at = table + index * entry;
    const flags = number(at + 8);
    if ((flags & ALLOCATED) === 0) continue;
    const [address, offset, extent] = [number(at + 16), number(at + 24), number(at + 32)];
    const size = view.readUInt32LE(at + 4) === NO_BITS ? 0 : extent;
    sections.push({ offset, size, address, extent, isCode: (flags & EXECUTABLE) !== 0 });
  }
  return fromSections(sections, { kind, base: 0, size: view.length });
}
