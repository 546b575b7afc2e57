import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { signAdHoc } from "../../../../src/packaging/mac/machoSignature.ts";
import { checkMachO } from "../../../support/machoCheck.ts";
import { sampleMachO } from "../../../support/sampleMachO.ts";

const identifier = "com.example.app";
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe.each(["arm64", "x86_64"] as const)("a program for %s", (architecture) => {
  const unsigned = sampleMachO({ architecture });

  test("has a whole ad-hoc signature, made for its first segment", () => {
    const { problems, directory, ...rest } = checkMachO(signAdHoc(unsigned, { identifier }));
    expect(problems).toEqual([]);
    // 5001 bytes and a signature of half a kilobyte, in whole pages.
    expect(rest).toEqual({ architecture, linkEditMemory: architecture === "arm64" ? 0x4000 : 0x2000 });
    expect(directory).toMatchObject({
      identifier,
      version: 0x20400,
      flags: 2,
      pageSize: 4096,
      executableSegment: { base: 0, limit: 0x8000, flags: 1 },
      blobs: [
        [0, 0xfade0c02],
        [2, 0xfade0c01],
        [0x10000, 0xfade0b01],
      ],
    });
    expect([...directory!.slots.keys()]).toEqual([1, 2]);
    expect(directory!.slots.get(1)).toBe("0".repeat(64));
  });

  test("names the bundle's Info.plist and seal in its signature", () => {
    const [infoPlist, codeResources] = [Buffer.from("info"), Buffer.from("resources")];
    const { problems, directory } = checkMachO(signAdHoc(unsigned, { identifier, infoPlist, codeResources }));
    expect(problems).toEqual([]);
    expect([...directory!.slots.keys()]).toEqual([1, 2, 3]);
    expect(directory!.slots.get(1)).toBe(sha256(infoPlist));
    expect(directory!.slots.get(3)).toBe(sha256(codeResources));
  });

  test("keeps its bytes, but for load commands", () => {
    const before = Buffer.from(unsigned);
    const signed = signAdHoc(unsigned, { identifier });
    expect(unsigned.equals(before)).toBe(true);
    const firstSection = unsigned.readUInt32LE(32 + 72 + 72 + 48);
    expect(signed.subarray(firstSection, unsigned.length).equals(unsigned.subarray(firstSection))).toBe(true);
  });

  test("signed again is as if it had been signed once", () => {
    const infoPlist = Buffer.from("info");
    const once = signAdHoc(unsigned, { identifier, infoPlist });
    const twice = signAdHoc(signAdHoc(unsigned, { identifier: "a.much.longer.identifier" }), { identifier, infoPlist });
    expect(twice.equals(once)).toBe(true);
  });

  test("of any length and name is signed whole", () => {
    fc.assert(
      fc.property(fc.nat(70_000), fc.string({ minLength: 1 }), (linkEditSize, text) => {
        const identifier = text.replaceAll("\0", "-");
        const { problems, directory } = checkMachO(
          signAdHoc(sampleMachO({ architecture, linkEditSize }), { identifier }),
        );
        expect(problems).toEqual([]);
        expect(directory?.identifier).toBe(identifier);
      }),
      { numRuns: 30 },
    );
  });
});

test.each([
  ["code", () => 0x7000, /^page 7 /],
  ["the last page", () => 0x8000 + 5000, /^page 9 /],
  ["a page hash", (end: number) => end - 8 - 12 - 1, /^page 9 /],
  ["requirements", (end: number) => end - 8 - 1, /^special slot 2 /],
])("the judge sees that %s was changed", (_, where, problem) => {
  const signed = signAdHoc(sampleMachO(), { identifier });
  const superBlob = signed.indexOf(Buffer.from("fade0cc0", "hex"));
  signed[where(superBlob + signed.readUInt32BE(superBlob + 4))]! ^= 1;
  expect(checkMachO(signed).problems).toEqual([expect.stringMatching(problem)]);
});

describe("what cannot be signed is refused:", () => {
  const changed = (change: (file: Buffer) => void): Buffer => {
    const file = sampleMachO();
    change(file);
    return file;
  };

  test.each([
    ["a text", Buffer.from("#!/bin/sh\necho this is not a program for a Mac\n"), /64-bit Mach-O/],
    ["an empty file", Buffer.alloc(0), /64-bit Mach-O/],
    ["a file for several architectures", changed((file) => file.writeUInt32BE(0xcafebabe, 0)), /64-bit Mach-O/],
    ["another architecture", changed((file) => file.writeUInt32LE(7, 4)), /arm64 or x86_64/],
    ["a library", changed((file) => file.writeUInt32LE(6, 12)), /not a library/],
    ["a file that ends in its load commands", sampleMachO().subarray(0, 100), /cut off/],
    ["more load commands than there are", changed((file) => file.writeUInt32LE(9, 16)), /damaged/],
    ["fewer load commands than there are", changed((file) => file.writeUInt32LE(1, 16)), /damaged/],
    ["a load command without length", changed((file) => file.writeUInt32LE(0, 36)), /damaged/],
    ["more sections than fit", changed((file) => file.writeUInt32LE(2, 32 + 72 + 64)), /damaged/],
    ["no __LINKEDIT", changed((file) => file.write("__OTHER\0\0\0", file.indexOf("__LINKEDIT"))), /no __LINKEDIT/],
    ["a segment in __LINKEDIT", changed((file) => file.writeBigUInt64LE(0x8001n, 32 + 72 + 48)), /__TEXT lies behind/],
    ["bytes behind the last segment", Buffer.concat([sampleMachO(), Buffer.from("more")]), /does not end where/],
    ["a file that is cut off", sampleMachO().subarray(0, -1), /does not end where/],
    ["no room for a load command", sampleMachO({ room: 15 }), /no room/],
  ])("%s", (_, file, message) => {
    expect(() => signAdHoc(file, { identifier })).toThrow(
      expect.objectContaining({ code: "bad-data", message: expect.stringMatching(message) }),
    );
  });

  test("but room for just one load command is enough", () => {
    const signed = signAdHoc(sampleMachO({ room: 16 }), { identifier });
    expect(checkMachO(signed).problems).toEqual([]);
    expect(checkMachO(signAdHoc(signed, { identifier })).problems).toEqual([]);
  });
});
