import { noise } from "./bytes.ts";

export interface SampleOptions {
  readonly architecture?: "arm64" | "x86_64";
  /** Bytes between the load commands and the first section. */
  readonly room?: number;
  /** Bytes of __LINKEDIT. */
  readonly linkEditSize?: number;
}

const TEXT_SIZE = 0x8000;

/** A small unsigned program for a Mac: laid out as a linker does it, with noise for code. */
export function sampleMachO({ architecture = "arm64", room = 64, linkEditSize = 5001 }: SampleOptions = {}): Buffer {
  const commands = [
    segment("__PAGEZERO", { memoryStart: 0, memorySize: 2 ** 32 }),
    segment("__TEXT", { memoryStart: 2 ** 32, memorySize: TEXT_SIZE, fileSize: TEXT_SIZE, sections: 1 }),
    segment("__LINKEDIT", {
      memoryStart: 2 ** 32 + TEXT_SIZE,
      memorySize: Math.ceil(linkEditSize / 0x4000) * 0x4000,
      fileStart: TEXT_SIZE,
      fileSize: linkEditSize,
    }),
  ];
  const size = commands.reduce((sum, { length }) => sum + length, 0);
  const header = Buffer.alloc(32);
  const cpu = architecture === "arm64" ? 0x0100000c : 0x01000007;
  for (const [index, value] of [0xfeedfacf, cpu, 0, 2, commands.length, size].entries())
    header.writeUInt32LE(value, index * 4);
  const firstSection = header.length + size + room;
  // In the section behind __TEXT's own 72 bytes, its offset in the file.
  commands[1]!.writeUInt32LE(firstSection, 72 + 48);
  const code = noise(TEXT_SIZE - firstSection, "code");
  return Buffer.concat([header, ...commands, Buffer.alloc(room), code, noise(linkEditSize, "linkedit")]);
}

interface SegmentFields {
  readonly memoryStart: number;
  readonly memorySize: number;
  readonly fileStart?: number;
  readonly fileSize?: number;
  readonly sections?: number;
}

function segment(name: string, fields: SegmentFields): Buffer {
  const { memoryStart, memorySize, fileStart = 0, fileSize = 0, sections = 0 } = fields;
  const command = Buffer.alloc(72 + 80 * sections);
  command.writeUInt32LE(0x19, 0);
  command.writeUInt32LE(command.length, 4);
  command.write(name, 8, "latin1");
  for (const [index, value] of [memoryStart, memorySize, fileStart, fileSize].entries())
    command.writeBigUInt64LE(BigInt(value), 24 + index * 8);
  command.writeUInt32LE(sections, 64);
  return command;
}
