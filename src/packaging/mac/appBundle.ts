import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { bundleNameOf } from "../../config/bundle.ts";
import { diskError } from "../../errors.ts";
import { composeCodeResources, type SealedFile } from "./codeResources.ts";
import { composeInfoPlist, type InfoPlistOptions } from "./infoPlist.ts";
import { signAdHoc } from "./machoSignature.ts";

export interface AppBundleOptions extends Omit<InfoPlistOptions, "icon"> {
  /** Path of the finished executable. */
  readonly launcher: string;
  /** An icns file. */
  readonly icon?: Uint8Array | undefined;
  /** Files that come along, by their names in Contents/Resources. */
  readonly resources: readonly { readonly name: string; readonly path: string }[];
}

const ICON = "icon.icns";

/**
 * Writes an app below the directory, named after the program, with an ad-hoc signature that covers all of it.
 *
 * @returns the path of the .app.
 * @throws AppError `cannot-create` when it is there already, `bad-data` for a launcher that cannot be signed.
 */
export async function writeAppBundle(directory: string, options: AppBundleOptions): Promise<string> {
  const bundle = join(directory, bundleNameOf(options.name));
  try {
    await mkdir(directory, { recursive: true });
    // Not into one that is there: a file left in it would not be sealed, and the signature not valid.
    await mkdir(bundle);
  } catch (error) {
    throw diskError(error, bundle);
  }
  try {
    await writeContents(join(bundle, "Contents"), options);
  } catch (error) {
    await rm(bundle, { recursive: true, force: true }).catch(() => undefined);
    throw diskError(error, bundle);
  }
  return bundle;
}

async function writeContents(contents: string, options: AppBundleOptions): Promise<void> {
  const { id, executable, launcher, icon } = options;
  for (const folder of ["MacOS", "Resources", "_CodeSignature"])
    await mkdir(join(contents, folder), { recursive: true });
  const infoPlist = Buffer.from(composeInfoPlist({ ...options, icon: icon === undefined ? undefined : ICON }));
  const codeResources = Buffer.from(composeCodeResources(await writeResources(contents, options)));
  await writeFile(join(contents, "Info.plist"), infoPlist);
  await writeFile(join(contents, "PkgInfo"), "APPL????");
  await writeFile(join(contents, "_CodeSignature", "CodeResources"), codeResources);
  const signed = signAdHoc(await readFile(launcher), { identifier: id, infoPlist, codeResources });
  await writeFile(join(contents, "MacOS", executable), signed, { mode: 0o755 });
}

async function writeResources(contents: string, { icon, resources }: AppBundleOptions): Promise<SealedFile[]> {
  const sealed: SealedFile[] = [];
  if (icon !== undefined) sealed.push(await writeSealed(contents, ICON, Readable.from([icon])));
  for (const { name, path } of resources) sealed.push(await writeSealed(contents, name, createReadStream(path)));
  return sealed;
}

/** Writes and hashes in one go: a release may have hundreds of megabytes. */
async function writeSealed(contents: string, name: string, content: Readable): Promise<SealedFile> {
  const [sha1, sha256] = [createHash("sha1"), createHash("sha256")];
  await pipeline(
    content,
    async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        sha1.update(chunk);
        sha256.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(join(contents, "Resources", name), { flags: "wx" }),
  );
  return { path: `Resources/${name}`, sha1: sha1.digest(), sha256: sha256.digest() };
}
