import { algorithmOf } from "../oci/digest.ts";
import type { Download } from "../release/download.ts";

/** The line with which a person computes the file's digest on their own computer. */
export function checkCommand({ platform, fileName, digest }: Download): string {
  const bits = algorithmOf(digest) === "sha512" ? "512" : "256";
  switch (platform?.os) {
    case "windows":
      return `certutil -hashfile "${windowsArgument(fileName)}" SHA${bits}`;
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

/** The same for cmd and PowerShell, which share no way to quote: what either might act on is left to the person. */
function windowsArgument(name: string): string {
  return /^[\p{L}\p{N}][\p{L}\p{N} .,+@=()_'-]*$/u.test(name) ? name : "FILE";
}
