import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import type { Installer } from "../config/installer.ts";
import { AppError, diskError, systemCodeOf } from "../errors.ts";
import type { RgbaImage } from "../packaging/icon/image.ts";

/** The publisher's icon. @param directory where installer.json is. @throws AppError `config`, `io`. */
export async function readIconFile(
  { icon }: Pick<Installer, "icon">,
  directory: string,
): Promise<RgbaImage | undefined> {
  if (icon === undefined) return undefined;
  const path = resolve(directory, icon);
  const bytes = await readFile(path).catch((error: unknown) => {
    if (systemCodeOf(error) === "ENOENT")
      throw new AppError("config", `icon: there is no ${path}`, {
        hint: "The path starts from installer.json's folder.",
      });
    throw diskError(error, path);
  });
  const { readIcon } = await import("../packaging/icon/readIcon.ts");
  return readIcon(bytes, basename(path));
}

// As large as a page shows it on the finest screens.
const PAGE_PIXELS = 256;

/** The icon as a download page shows it: a PNG. */
export async function drawPageIcon(image: RgbaImage): Promise<Uint8Array> {
  const { resize } = await import("../packaging/icon/image.ts");
  const { encodePng } = await import("../packaging/icon/png.ts");
  return encodePng(resize(image, PAGE_PIXELS));
}
