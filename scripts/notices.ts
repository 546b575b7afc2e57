import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "esbuild";

/** The licences of all packages that are part of these bundles, as they ask to be passed on. */
export function composeNotices(root: string, metafiles: readonly Metafile[]): string {
  const directories = new Set<string>();
  for (const { outputs } of metafiles) {
    for (const { inputs } of Object.values(outputs)) {
      for (const path of Object.keys(inputs)) {
        const found = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path);
        if (found?.[1] !== undefined) directories.add(found[1]);
      }
    }
  }
  const notices = [...directories].sort().map((directory) => noticeOf(join(root, directory)));
  return `Slipway contains the following packages.\n\n${notices.join("\n")}`;
}

function noticeOf(directory: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Record<
    string,
    string
  >;
  const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry));
  const text =
    file !== undefined && existsSync(join(directory, file))
      ? readFileSync(join(directory, file), "utf8").trim()
      : `License: ${license}`;
  return `---- ${name} ${version} ----\n\n${text}\n`;
}
