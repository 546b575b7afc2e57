import { noise } from "./bytes.ts";

/** A script that says its version, and is 80 kB of which hardly anything differs from one version to the next. */
export function largeScript(version: string): string {
  const ballast = noise(60_000, "ballast").toString("base64");
  return `echo ${version}; exit 0\n${ballast.slice(0, 40_000)}\n${version}\n${ballast.slice(40_000)}`;
}
