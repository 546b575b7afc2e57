import { spawnSync } from "node:child_process";

const PROGRAM = `
import json, plistlib, sys
print(json.dumps(plistlib.loads(sys.stdin.buffer.read()), default=lambda value: value.hex()))
`;

/** What Python reads in a property list; bytes are in hex. */
export function readWithPython(plist: string | Uint8Array): unknown {
  const { status, stdout, stderr } = spawnSync("python3", ["-c", PROGRAM], { input: plist, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as unknown;
}
