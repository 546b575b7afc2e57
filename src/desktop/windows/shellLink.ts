import { AppError } from "../../errors.ts";

export interface ShellLink {
  /** Absolute path on a drive, such as `C:\Users\Ä\app.exe`. */
  readonly target: string;
  readonly arguments?: string;
  readonly workingDirectory?: string;
  readonly description?: string;
  readonly icon?: { readonly path: string; readonly index: number };
  /** By which the task bar knows that windows belong together: `System.AppUserModel.ID`. */
  readonly appUserModelId?: string;
}

// [MS-SHLLINK] 2.1.1
const HAS = {
  idList: 0x1,
  linkInfo: 0x2,
  name: 0x4,
  workingDirectory: 0x10,
  arguments: 0x20,
  icon: 0x40,
  unicode: 0x80,
} as const;
const LINK_CLASS = guid("00021401-0000-0000-C000-000000000046");
const MY_COMPUTER = guid("20D04FE0-3AEA-1069-A2D8-08002B30309D");
const APP_USER_MODEL = guid("9F4C2855-9F79-4B39-A8D0-E1D42DE1D5F3");
const SHOW_NORMAL = 1;
const DIRECTORY = 0x10;
const ARCHIVE = 0x20;

/**
 * A shortcut file ([MS-SHLLINK] 8.0), written by ourselves: the system offers no program for it but its script hosts,
 * which companies lock.
 *
 * @throws AppError `bad-data` for a target that is not on a drive.
 */
export function composeShellLink(link: ShellLink): Buffer {
  const strings = [link.description, link.workingDirectory, link.arguments, link.icon?.path];
  return Buffer.concat([
    header(link),
    idList(link.target),
    linkInfo(link.target),
    ...strings.filter((text) => text !== undefined).map(stringData),
    ...(link.appUserModelId === undefined ? [] : [propertyStore(link.appUserModelId)]),
    // 2.5: the block that ends the list.
    uint32(0),
  ]);
}

/** 2.1 ShellLinkHeader. */
function header({ description, workingDirectory, arguments: args, icon }: ShellLink): Buffer {
  const flags =
    HAS.idList |
    HAS.linkInfo |
    HAS.unicode |
    (description === undefined ? 0 : HAS.name) |
    (workingDirectory === undefined ? 0 : HAS.workingDirectory) |
    (args === undefined ? 0 : HAS.arguments) |
    (icon === undefined ? 0 : HAS.icon);
  // Three times and the target's size, which nobody needs.
  const unknown = Buffer.alloc(3 * 8 + 4);
  return Buffer.concat([
    uint32(0x4c),
    LINK_CLASS,
    uint32(flags),
    uint32(ARCHIVE),
    unknown,
    uint32(icon?.index ?? 0),
    uint32(SHOW_NORMAL),
    // No hot key; reserved.
    Buffer.alloc(2 + 2 + 4 + 4),
  ]);
}

/** 2.2 LinkTargetIDList: the computer, the drive, each folder, the file. */
function idList(target: string): Buffer {
  const [, drive, rest] = /^([A-Za-z]:)\\(.+)$/.exec(target) ?? [];
  if (drive === undefined || rest === undefined)
    throw new AppError("bad-data", `no shortcut can lead to ${JSON.stringify(target)}: it is not on a drive`);
  const names = rest.split("\\").filter((name) => name !== "");
  const root = Buffer.concat([Buffer.from([0x1f, 0x50]), MY_COMPUTER]);
  const volume = Buffer.alloc(23);
  volume.write(`\x2f${drive}\\`, "latin1");
  const items = [root, volume, ...names.map((name, position) => fileItem(name, position === names.length - 1))];
  const list = Buffer.concat([...items.map((item) => Buffer.concat([uint16(item.length + 2), item])), uint16(0)]);
  return Buffer.concat([uint16(list.length), list]);
}

/** A file system's entry as the shell writes it: a short name, and behind it the long one in UTF-16. */
function fileItem(name: string, isFile: boolean): Buffer {
  const short = Buffer.from(`${name.replace(/[^\u0020-\u007e]/g, "_")}\0`, "latin1");
  const padded = short.length % 2 === 0 ? short : Buffer.concat([short, Buffer.alloc(1)]);
  const sizeAndTime = Buffer.alloc(8);
  const front = Buffer.concat([
    Buffer.from([isFile ? 0x32 : 0x31, 0]),
    sizeAndTime,
    uint16(isFile ? ARCHIVE : DIRECTORY),
    padded,
  ]);
  const long = Buffer.from(`${name}\0`, "utf16le");
  // Version 3 of the extension, which every Windows since XP reads: signature, two times, where the name is.
  const extension = Buffer.concat([
    uint16(0x14 + long.length + 2),
    uint16(3),
    uint32(0xbeef0004),
    Buffer.alloc(8),
    uint16(0x14),
    uint16(0),
    long,
    // Where the extension begins in the item, whose own size comes before all this.
    uint16(front.length + 2),
  ]);
  return Buffer.concat([front, extension]);
}

/** 2.3 LinkInfo with the path as it is. */
function linkInfo(target: string): Buffer {
  const headerSize = 0x24;
  const volume = Buffer.concat([uint32(0x11), uint32(3), uint32(0), uint32(0x10), Buffer.alloc(1)]);
  const path = Buffer.from(`${target.replace(/[^\u0020-\u007e]/g, "_")}\0`, "latin1");
  const suffix = Buffer.alloc(1);
  const unicodePath = Buffer.from(`${target}\0`, "utf16le");
  const unicodeSuffix = Buffer.alloc(2);
  const parts = [volume, path, suffix, unicodePath, unicodeSuffix];
  const offsets = parts.map((_, position) =>
    parts.slice(0, position).reduce((offset, part) => offset + part.length, headerSize),
  );
  const [volumeAt = 0, pathAt = 0, suffixAt = 0, unicodePathAt = 0, unicodeSuffixAt = 0] = offsets;
  const body = Buffer.concat([
    uint32(headerSize),
    // VolumeIDAndLocalBasePath
    uint32(1),
    uint32(volumeAt),
    uint32(pathAt),
    uint32(0),
    uint32(suffixAt),
    uint32(unicodePathAt),
    uint32(unicodeSuffixAt),
    ...parts,
  ]);
  return Buffer.concat([uint32(body.length + 4), body]);
}

/** 2.4 StringData: a count of UTF-16 units, without an end mark. */
function stringData(text: string): Buffer {
  return Buffer.concat([uint16(text.length), Buffer.from(text, "utf16le")]);
}

/** 2.5.7 PropertyStoreDataBlock with one string property ([MS-PROPSTORE] 2.2, 2.3.2). */
function propertyStore(appUserModelId: string): Buffer {
  const text = Buffer.from(`${appUserModelId}\0`, "utf16le");
  const padding = Buffer.alloc((4 - (text.length % 4)) % 4);
  const vtLpwstr = uint32(0x1f);
  const value = Buffer.concat([uint32(5), Buffer.alloc(1), vtLpwstr, uint32(text.length / 2), text, padding]);
  const properties = Buffer.concat([uint32(0x53505331), APP_USER_MODEL, uint32(value.length + 4), value, uint32(0)]);
  const store = Buffer.concat([uint32(properties.length + 4), properties, uint32(0)]);
  return Buffer.concat([uint32(store.length + 8), uint32(0xa0000009), store]);
}

function guid(text: string): Buffer {
  const [first = "", second = "", third = "", ...rest] = text.split("-");
  const swap = (part: string): Uint8Array => Buffer.from(part, "hex").toReversed();
  return Buffer.concat([swap(first), swap(second), swap(third), Buffer.from(rest.join(""), "hex")]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
