import { equal, ok } from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import { readElf } from "../../../src/launch/elf.ts";
import { composeIco } from "../../../src/packaging/icon/ico.ts";
import { readIcon } from "../../../src/packaging/icon/readIcon.ts";
import { readMachO } from "../../../src/packaging/mac/machO.ts";
import { signAdHoc } from "../../../src/packaging/mac/machoSignature.ts";
import { emptyPlaceholder, encodeConfiguration, findPlaceholder, readStamp } from "../../../src/packaging/stamp.ts";
import { stripElf } from "../../../src/packaging/stripElf.ts";
import { checksumOf } from "../../../src/packaging/windows/checksum.ts";
import { isExecutable } from "../../../src/release/executable.ts";
import { sampleElf } from "../../support/sampleElf.ts";
import { sampleIcon } from "../../support/sampleIcon.ts";
import { sampleMachO } from "../../support/sampleMachO.ts";
import { type Target, target } from "../target.ts";
import { fileWith } from "../workplace.ts";

const MAX_SIDE = 4096;
const ELF = sampleElf({ codeSize: 100, debugSize: 50 });

function samplePe(): Buffer {
  const file = Buffer.alloc(512);
  file.write("MZ", 0);
  file.writeUInt32LE(64, 0x3c);
  file.write("PE\0\0", 64);
  return file;
}

function stamped(): Buffer {
  const file = Buffer.from(`program ${emptyPlaceholder()} more`);
  encodeConfiguration({ installer: { id: "a.b" }, launcherVersion: "1.0.0" }).copy(file, findPlaceholder(file));
  return file;
}

/** A bitmap icon of 24 bits, as old programs write them. */
function oldIco(): Buffer {
  const file = Buffer.alloc(6 + 16 + 40 + 2 * 8 + 2 * 4);
  file.set([0, 0, 1, 0, 1, 0, 2, 2], 0);
  for (const [at, value] of [
    [14, file.byteLength - 22],
    [18, 22],
    [22, 40],
    [26, 2],
    [30, 4],
  ] as const)
    file.writeUInt32LE(value, at);
  file.writeUInt16LE(24, 22 + 14);
  return file;
}

/** Pictures and executables: the publisher's own, or programs that a release holds. */
export const programs: readonly Target[] = [
  target("icon", [sampleIcon(16), composeIco(readIcon(sampleIcon(32), "x")), oldIco()], (bytes) => {
    const { width, height, data } = readIcon(bytes, "icon");
    ok(width <= MAX_SIDE && height <= MAX_SIDE);
    equal(data.length, width * height * 4);
  }),
  target(
    "mach-o",
    [sampleMachO({ linkEditSize: 33 }), signAdHoc(sampleMachO({ architecture: "x86_64" }), { identifier: "x" })],
    (bytes) => {
      const signed = signAdHoc(Buffer.from(bytes), { identifier: "com.example.app", infoPlist: bytes.subarray(0, 9) });
      equal(readMachO(signed).contentEnd <= signed.byteLength, true);
      ok(signed.byteLength <= bytes.byteLength * 2 + 64 * 1024);
    },
  ),
  target("elf", [ELF], (bytes) => {
    ok(stripElf(Buffer.from(bytes)).byteLength <= bytes.byteLength * 2 + 4096);
  }),
  target("elf-loader", [ELF, Buffer.alloc(64, "\x7fELF\x02\x01\x01")], async (bytes) => {
    const path = fileWith(bytes, "program");
    await isExecutable(path, 0);
    const file = openSync(path, "r");
    try {
      ok((readElf(file)?.loader ?? "").length <= 4096);
    } finally {
      closeSync(file);
    }
  }),
  target("pe", [samplePe()], (bytes) => {
    ok(checksumOf(Buffer.from(bytes)) >= 0);
  }),
  target("stamp", [stamped(), emptyPlaceholder()], (bytes) => void readStamp(Buffer.from(bytes))),
];
