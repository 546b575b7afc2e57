import { hash } from "node:crypto";
import { broken, HEADER, type MachO, readMachO, SEGMENT, SIGNATURE_COMMAND } from "./machO.ts";

export interface SignatureOptions {
  /** A bundle's identifier, such as com.example.app. */
  readonly identifier: string;
  /** The bytes of the bundle's Info.plist and _CodeSignature/CodeResources. */
  readonly infoPlist?: Uint8Array;
  readonly codeResources?: Uint8Array;
}

// Names and values are those of Apple's <kern/cs_blobs.h>; everything in a signature is big-endian.
const EMBEDDED_SIGNATURE = 0xfade0cc0;
const CODE_DIRECTORY = 0xfade0c02;
const REQUIREMENTS = 0xfade0c01;
const BLOB_WRAPPER = 0xfade0b01;
const SLOT = { codeDirectory: 0, requirements: 2, cms: 0x10000 } as const;
// The version that knows of executable segments.
const VERSION = 0x20400;
const CODE_DIRECTORY_LENGTH = 88;
const ADHOC = 0x2;
const MAIN_BINARY = 1;
const SHA256 = { type: 2, size: 32 } as const;
const PAGE_BITS = 12;
const PAGE = 2 ** PAGE_BITS;
const ALIGNMENT = 16;

/**
 * A copy of a thin 64-bit executable with an ad-hoc signature, which says that nothing was changed, not by whom it was
 * made: without one, arm64 Macs start nothing. A signature that is there is replaced. Takes memory for one copy.
 *
 * @throws AppError `bad-data` for a file that is no such executable, or that has no room for the load command.
 */
export function signAdHoc(machO: Buffer, options: SignatureOptions): Buffer {
  const layout = readMachO(machO);
  const codeLimit = roundUp(layout.contentEnd, ALIGNMENT);
  const identifier = Buffer.from(`${options.identifier}\0`);
  const specials = specialHashes(options);
  const directoryLength =
    CODE_DIRECTORY_LENGTH + identifier.byteLength + (specials.length + Math.ceil(codeLimit / PAGE)) * SHA256.size;
  const blobs: readonly Blob[] = [
    { slot: SLOT.codeDirectory, length: directoryLength },
    { slot: SLOT.requirements, length: NO_REQUIREMENTS.byteLength, bytes: NO_REQUIREMENTS },
    { slot: SLOT.cms, length: NO_CMS.byteLength, bytes: NO_CMS },
  ];
  const size = roundUp(indexLength(blobs) + sum(blobs), ALIGNMENT);

  const signed = Buffer.allocUnsafe(codeLimit + size);
  machO.copy(signed, 0, 0, layout.contentEnd);
  signed.fill(0, layout.contentEnd);
  announce(signed, layout, { codeLimit, size });
  const directory = writeSuperBlob(signed.subarray(codeLimit), blobs);
  writeCodeDirectory(directory, signed.subarray(0, codeLimit), { identifier, specials, text: layout.text });
  return signed;
}

interface Blob {
  readonly slot: number;
  readonly length: number;
  /** Without them it is filled in later. */
  readonly bytes?: Buffer;
}

const NO_REQUIREMENTS = words(REQUIREMENTS, 12, 0);
const NO_CMS = words(BLOB_WRAPPER, 8);

/** Special slots count downwards from the first page, so that the last comes first; one without content is zeros. */
function specialHashes({ infoPlist, codeResources }: SignatureOptions): Buffer[] {
  const slots = [sha256(NO_REQUIREMENTS), infoPlist === undefined ? Buffer.alloc(SHA256.size) : sha256(infoPlist)];
  return codeResources === undefined ? slots : [sha256(codeResources), ...slots];
}

/** Says in the load commands where the signature stands: they are part of what it covers. */
function announce(file: Buffer, layout: MachO, { codeLimit, size }: { codeLimit: number; size: number }): void {
  const { linkEdit, commandsEnd, commandCount } = layout;
  const command = layout.signatureCommand ?? commandsEnd;
  if (layout.signatureCommand === undefined) {
    if (commandsEnd + SIGNATURE_COMMAND.length > layout.commandsLimit)
      throw broken("it has no room for another load command");
    file.writeUInt32LE(SIGNATURE_COMMAND.kind, command);
    file.writeUInt32LE(SIGNATURE_COMMAND.length, command + 4);
    file.writeUInt32LE(commandCount + 1, HEADER.commandCount);
    file.writeUInt32LE(commandsEnd + SIGNATURE_COMMAND.length - HEADER.length, HEADER.commandsSize);
  }
  file.writeUInt32LE(codeLimit, command + SIGNATURE_COMMAND.offset);
  file.writeUInt32LE(size, command + SIGNATURE_COMMAND.size);
  const linkEditSize = codeLimit + size - linkEdit.offset;
  const memorySize = roundUp(linkEditSize, layout.architecture === "arm64" ? 0x4000 : 0x1000);
  file.writeBigUInt64LE(BigInt(linkEditSize), linkEdit.command + SEGMENT.size);
  file.writeBigUInt64LE(BigInt(memorySize), linkEdit.command + SEGMENT.memorySize);
}

/** @returns the place of the blob that is filled in later. */
function writeSuperBlob(target: Buffer, blobs: readonly Blob[]): Buffer {
  let offset = indexLength(blobs);
  let empty = target.subarray(0, 0);
  words(EMBEDDED_SIGNATURE, offset + sum(blobs), blobs.length).copy(target);
  for (const [index, { slot, length, bytes }] of blobs.entries()) {
    words(slot, offset).copy(target, 12 + index * 8);
    if (bytes === undefined) empty = target.subarray(offset, offset + length);
    else bytes.copy(target, offset);
    offset += length;
  }
  return empty;
}

interface Directory {
  readonly identifier: Buffer;
  /** Hashes in the order of the file. */
  readonly specials: readonly Buffer[];
  readonly text: MachO["text"];
}

function writeCodeDirectory(target: Buffer, code: Buffer, { identifier, specials, text }: Directory): void {
  const hashOffset = CODE_DIRECTORY_LENGTH + identifier.byteLength + specials.length * SHA256.size;
  const pages = Math.ceil(code.byteLength / PAGE);
  // Magic to codeLimit; what is not written stays 0: scatter, team, and codeLimit64 below 4 GiB.
  const start = [CODE_DIRECTORY, target.byteLength, VERSION, ADHOC, hashOffset, CODE_DIRECTORY_LENGTH];
  words(...start, specials.length, pages, code.byteLength).copy(target);
  Buffer.from([SHA256.size, SHA256.type, 0, PAGE_BITS]).copy(target, 36);
  target.writeBigUInt64BE(BigInt(text.offset), 64);
  target.writeBigUInt64BE(BigInt(text.size), 72);
  target.writeBigUInt64BE(BigInt(MAIN_BINARY), 80);
  Buffer.concat([identifier, ...specials]).copy(target, CODE_DIRECTORY_LENGTH);
  for (let page = 0; page < pages; page += 1)
    sha256(code.subarray(page * PAGE, (page + 1) * PAGE)).copy(target, hashOffset + page * SHA256.size);
}

function indexLength(blobs: readonly Blob[]): number {
  return 12 + blobs.length * 8;
}

function sum(blobs: readonly Blob[]): number {
  return blobs.reduce((total, { length }) => total + length, 0);
}

function words(...values: number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) buffer.writeUInt32BE(value, index * 4);
  return buffer;
}

function sha256(content: Uint8Array): Buffer {
  return hash("sha256", content, "buffer");
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
