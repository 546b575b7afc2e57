import { chmod } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { AppError } from "../../errors.ts";
import { renderVersionBadge } from "../../page/badge.ts";
import { writeFileAtomically } from "../../store/atomic.ts";
import type { CommandContext } from "../command.ts";
import { pictureOfQrCode } from "./qrCode.ts";

/** @throws AppError `usage` for a kind of picture that is not made here. */
export function checkPictureName(path: string, kinds: readonly string[], option: string): void {
  if (kinds.includes(kindOf(path))) return;
  const known = kinds.map((kind) => `.${kind}`).join(" or ");
  throw new AppError("usage", `${option} wants a file that ends in ${known}, got ${JSON.stringify(path)}`, {
    hint: `For example: ${option} picture.${kinds[0]}`,
  });
}

export async function writeQrCode(path: string, context: CommandContext, address: URL): Promise<void> {
  await write(path, context, pictureOfQrCode(address, kindOf(path) === "png" ? "png" : "svg"));
}

export async function writeBadge(path: string, context: CommandContext, version: string): Promise<void> {
  await write(path, context, renderVersionBadge(version));
}

async function write(path: string, context: CommandContext, content: string | Uint8Array): Promise<void> {
  const absolute = resolve(context.cwd, path);
  await writeFileAtomically(absolute, content);
  // For a web server, which is somebody else.
  await chmod(absolute, 0o644);
  context.note(`wrote ${path}\n`);
}

function kindOf(path: string): string {
  return extname(path).slice(1).toLowerCase();
}
