import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf, shortDigest } from "../../src/oci/digest.ts";

// A command line has an end.
const MAX_SHOWN = 2000;

/** An input, and how to give it to its target again. */
export function describeInput(target: string, bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString("base64");
  const again = `npm run fuzz -- --target ${target} --input`;
  if (text.length <= MAX_SHOWN) return `  ${again} ${text}`;
  const file = join(tmpdir(), "slipway-findings", `${target}-${shortDigest(digestOf(bytes))}`);
  mkdirSync(join(tmpdir(), "slipway-findings"), { recursive: true });
  writeFileSync(file, bytes);
  return `  ${bytes.byteLength} bytes, in base64 ${text.slice(0, 200)}...\n  ${again} ${file}`;
}
