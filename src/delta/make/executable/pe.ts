import { ARM64, DATA, type Kind, X64 } from "../../layout.ts";
import { type Executable, fromSections, type Section } from "./sections.ts";

// Microsoft's "PE Format": machine types, PE32+, IMAGE_SCN_MEM_EXECUTE.
const MACHINES: Readonly<Record<number, Kind>> = { 0x8664: X64, 0xaa64: ARM64 };
const PE32_PLUS = 0x20b;
const EXECUTABLE = 0x20000000;
const SECTION_BYTES = 40;

export function readPe(view: Buffer): Executable | undefined {
  if (view.readUInt16BE(0) !== 0x4d5a) return undefined;
  const header = view.readUInt32LE(0x3c);
  const optional = header + 24;
  if (view.readUInt32BE(header) !== 0x50450000 || view.readUInt16LE(optional) !== PE32_PLUS) return undefined;
  const kind = MACHINES[view.readUInt16LE(header + 4)] ?? DATA;
  const count = view.readUInt16LE(header + 6);
  const table = optional + view.readUInt16LE(header + 20);
  const sections: Section[] = [];
  for (let index = 0; index < count; index += 1) {
    const at = table + index * SECTION_BYTES;
    const [extent, address, size, offset] = [8, 12, 16, 20].map((field) => view.readUInt32LE(at + field)) as [
      number,
      number,
      number,
      number,
    ];
    const isCode = (view.readUInt32LE(at + 36) & EXECUTABLE) !== 0;
    sections.push({ offset, size, address, extent: Math.max(extent, size), isCode });
  }
  return fromSections(sections, { kind, base: Number(view.readBigUInt64LE(optional + 24)), size: view.length });
}
