import { algorithmOf } from "../oci/digest.ts";
import type { Download } from "../release/download.ts";

/** The line with which a person computes the file's digest on their own computer. */
export function checkCommand({ platform, fileName, digest }: Download): string {
  const bits = algorithmOf(digest) === "sha512" ? "512" : "256";
  switch (platform?.os) {
    case "windows":
      // Windows has no quotes in file names.
      return `certutil -hashfile "${fileName.replaceAll('"', "")}" SHA${bits}`;
    case "darwin":
      return `shasum -a ${bits} ${fileArgument(fileName)}`;
    default:
      return `sha${bits}sum ${fileArgument(fileName)}`;
  }
}

/** The line that makes the file executable and starts it. */
export function startCommand({ fileName }: Pick<Download, "fileName">): string {
  const file = fileArgument(fileName);
  return `chmod +x ${file} && ${file}`;
}

/** A stranger's name that a person pastes into a shell: never an option, and never more than a name. */
function fileArgument(name: string): string {
  return /^[\w.,+@%-]+$/.test(name) ? `./${name}` : `./'${name.replaceAll("'", String.raw`'\''`)}'`;
}
