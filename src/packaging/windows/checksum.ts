import { open } from "node:fs/promises";
import { AppError, diskError } from "../../errors.ts";

const MZ = 0x5a4d;
const PE = 0x00004550;
// PE Format: the signature, the file header, and CheckSum in the optional header.
const CHECKSUM_FROM_PE = 4 + 20 + 64;

/**
 * The checksum of a Windows executable as it must stand in its header (PE Format, "CheckSum"; the algorithm of
 * ImageHlp.dll): all 16-bit words but those of the field itself, with carries added in, and the length.
 *
 * @throws AppError `bad-data` for what is no executable.
 */
export function checksumOf(executable: Buffer): number {
  const field = fieldOffset(executable);
  let sum = 0;
  const words = executable.length - (executable.length % 2);
  for (let at = 0; at < words; at += 2) {
    if (at === field || at === field + 2) continue;
    sum += (executable[at] ?? 0) | ((executable[at + 1] ?? 0) << 8);
    if (sum > 0xffffffff) sum = (sum % 0x10000) + Math.floor(sum / 0x10000);
  }
  if (words < executable.length) sum += executable[words] ?? 0;
  while (sum > 0xffff) sum = (sum % 0x10000) + Math.floor(sum / 0x10000);
  return sum + executable.length;
}

/** Writes the right checksum into the file: it is the last step before a signature. */
export async function writeChecksum(path: string): Promise<void> {
  try {
    const file = await open(path, "r+");
    try {
      const executable = await file.readFile();
      const checksum = Buffer.alloc(4);
      checksum.writeUInt32LE(checksumOf(executable) >>> 0);
      await file.write(checksum, 0, checksum.length, fieldOffset(executable));
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw diskError(error, path);
  }
}

function fieldOffset(executable: Buffer): number {
  const header =
    executable.length < 64 || executable.readUInt16LE(0) !== MZ ? undefined : executable.readUInt32LE(0x3c);
  if (
    header === undefined ||
    header + CHECKSUM_FROM_PE + 4 > executable.length ||
    executable.readUInt32LE(header) !== PE
  )
    throw new AppError("bad-data", "this is no Windows executable");
  return header + CHECKSUM_FROM_PE;
}
