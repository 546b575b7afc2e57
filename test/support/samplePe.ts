import { noise } from "./bytes.ts";

export interface SamplePeOptions {
  readonly machine?: number;
  readonly subsystem?: number;
  readonly library?: boolean;
}

const [HEADERS, SECTION] = [0x400, 0x800];

/** A small program for Windows: headers as a linker writes them, with noise for code. */
export function samplePe({ machine = 0x8664, subsystem = 3, library = false }: SamplePeOptions = {}): Buffer {
  const headers = Buffer.alloc(HEADERS);
  headers.write("MZ", 0, "latin1");
  headers.writeUInt32LE(0x80, 60);
  headers.write("PE\0\0", 0x80, "latin1");
  headers.writeUInt16LE(machine, 0x84);
  headers.writeUInt16LE(1, 0x86);
  headers.writeUInt16LE(240, 0x94);
  headers.writeUInt16LE(0x22 | (library ? 0x2000 : 0), 0x96);
  const optional = 0x98;
  headers.writeUInt16LE(0x20b, optional);
  headers.writeUInt16LE(subsystem, optional + 68);
  const section = optional + 240;
  headers.write(".text", section, "latin1");
  headers.writeUInt32LE(SECTION - 10, section + 8);
  headers.writeUInt32LE(0x1000, section + 12);
  headers.writeUInt32LE(SECTION, section + 16);
  headers.writeUInt32LE(HEADERS, section + 20);
  return Buffer.concat([headers, noise(SECTION, "code")]);
}
