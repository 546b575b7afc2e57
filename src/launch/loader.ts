import { execFile } from "node:child_process";
import { closeSync, openSync, readSync } from "node:fs";

// From elf(5), for 64-bit little-endian files, which is all that Node runs on.
const ELF_MAGIC = 0x7f454c46;
const HEADER = { bytes: 64, class: 4, segments: 32, segmentSize: 54, segmentCount: 56 } as const;
const CLASS_64 = 2;
const SEGMENT = { type: 0, offset: 8, size: 32 } as const;
const PT_INTERP = 3;
const MAX_SEGMENTS = 128;
const MAX_PATH_BYTES = 4096;

const TIMEOUT_MS = 5000;
// What glibc's and musl's loaders say; other things that they print are warnings.
const PROBLEM =
  /error while loading shared librar|version `.*' not found|symbol lookup error|Error (loading|relocating)/;

/**
 * Asks the program's loader whether it finds all libraries, without starting the program: a release that was built on a
 * newer system than this one ends before its first line, with an exit code that looks like a choice (127, and 1 for a
 * version of the C library that is missing).
 *
 * @returns what the loader misses, in its own words; undefined where nothing is, or where nobody can tell.
 */
export async function findMissingLibrary(executable: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const loader = readLoader(executable);
  if (loader === undefined) return undefined;
  const said = new Promise<string>((resolve) => {
    execFile(loader, ["--list", executable], { encoding: "utf8", timeout: TIMEOUT_MS, env }, (_error, _out, stderr) =>
      resolve(stderr),
    );
  });
  // A loader that cannot be started tells nothing.
  return (await said.catch(() => ""))
    .split("\n")
    .find((line) => PROBLEM.test(line))
    ?.trim();
}

/** The program that loads a dynamic Linux program (PT_INTERP); undefined for anything else. */
function readLoader(executable: string): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(executable, "r");
    const header = readAt(file, 0, HEADER.bytes);
    if (header.readUInt32BE(0) !== ELF_MAGIC || header[HEADER.class] !== CLASS_64) return undefined;
    const [size, count] = [header.readUInt16LE(HEADER.segmentSize), header.readUInt16LE(HEADER.segmentCount)];
    const segments = readAt(
      file,
      Number(header.readBigUInt64LE(HEADER.segments)),
      size * Math.min(count, MAX_SEGMENTS),
    );
    for (let at = 0; at + size <= segments.byteLength; at += size) {
      if (segments.readUInt32LE(at + SEGMENT.type) !== PT_INTERP) continue;
      const length = Number(segments.readBigUInt64LE(at + SEGMENT.size));
      const path = readAt(
        file,
        Number(segments.readBigUInt64LE(at + SEGMENT.offset)),
        Math.min(length, MAX_PATH_BYTES),
      );
      return path.toString("utf8").replace(/\0.*$/s, "");
    }
    return undefined;
  } catch {
    // No program, or one that is cut short: nobody's loader has a say in it.
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function readAt(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  if (readSync(file, bytes, 0, length, position) < length) throw new RangeError("the file is cut short");
  return bytes;
}
