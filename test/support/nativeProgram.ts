const BASE = 0x400000;
const HEADERS = 64 + 56;

/**
 * A program in the system's own format, a few hundred bytes of it, that hands a script and its arguments to the shell:
 * for 64-bit Linux on x86, and undefined elsewhere. Launchers become such a program, while a script runs as their child.
 */
export function nativeProgram(script: string): Buffer | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  const [shell, option, text] = ["/bin/sh\0", "-c\0", `${script}\0`].map((part) => Buffer.from(part)) as [
    Buffer,
    Buffer,
    Buffer,
  ];
  const code = Buffer.from(
    [
      "488b0c24", //             mov rcx, [rsp]           how many arguments
      "488d54cc10", //           lea rdx, [rsp+rcx*8+16]  the environment
      "488d0500000000", //       lea rax, [text]
      "48890424", //             mov [rsp], rax           before the arguments, of which the first is $0
      "488d0500000000", //       lea rax, [option]
      "50", //                   push rax
      "488d3d00000000", //       lea rdi, [shell]
      "57", //                   push rdi
      "4889e6", //               mov rsi, rsp
      "b83b000000",
      "0f05", //   execve
      "bf7e000000",
      "b83c000000",
      "0f05", // exit(126)
    ].join(""),
    "hex",
  );
  // Where each "lea" ends, from which it counts.
  for (const [end, target] of [
    [16, code.byteLength + shell.byteLength + option.byteLength],
    [27, code.byteLength + shell.byteLength],
    [35, code.byteLength],
  ] as const)
    code.writeInt32LE(target - end, end - 4);
  const body = Buffer.concat([code, shell, option, text]);
  return Buffer.concat([header(), segment(HEADERS + body.byteLength), body]);
}

function header(): Buffer {
  const bytes = Buffer.alloc(64);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  // An executable, for x86-64, with one segment.
  for (const [at, value] of [
    [16, 2],
    [18, 62],
    [52, 64],
    [54, 56],
    [56, 1],
  ] as const)
    bytes.writeUInt16LE(value, at);
  bytes.writeUInt32LE(1, 20);
  bytes.writeBigUInt64LE(BigInt(BASE + HEADERS), 24);
  bytes.writeBigUInt64LE(64n, 32);
  return bytes;
}

/** The whole file, to be read and executed. */
function segment(size: number): Buffer {
  const bytes = Buffer.alloc(56);
  bytes.writeUInt32LE(1, 0);
  bytes.writeUInt32LE(5, 4);
  for (const [at, value] of [
    [16, BASE],
    [24, BASE],
    [32, size],
    [40, size],
    [48, 0x1000],
  ] as const)
    bytes.writeBigUInt64LE(BigInt(value), at);
  return bytes;
}
