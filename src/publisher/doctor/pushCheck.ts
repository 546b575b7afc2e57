import { basename, join, resolve } from "node:path";
import type { Installer } from "../../config/installer.ts";
import { formatError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import { formatPlatform, type Platform } from "../../oci/platform.ts";
import type { Reference } from "../../oci/reference.ts";
import { openRegistry, type RegistryOptions } from "../../registry/client.ts";
import { readProgramFormat } from "../../release/format/programFormat.ts";
import { findFolderProgram } from "../folderProgram.ts";
import { isFolder } from "../staging.ts";
import { type Finding, ok, type Verdict, warning } from "./finding.ts";
import { judgeProgram } from "./judgeProgram.ts";
import { judgeSignature } from "./judgeSignature.ts";
import { askAsStranger } from "./reach.ts";

/** Programs as they lie here, before they are pushed. */
export interface LocalPrograms {
  readonly platforms: readonly { readonly platform: Platform; readonly path: string }[];
  readonly entrypoint: string | undefined;
  readonly installer: Installer | undefined;
  readonly cwd: string;
}

/** Whether what is about to be published for each platform is a program that its system starts. */
export async function checkPrograms({ platforms, ...more }: LocalPrograms): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { platform, path } of platforms) {
    // What cannot be read is told by the push itself, which reads it as well.
    const verdict = await judgeLocal(resolve(more.cwd, path), platform, more).catch(() => undefined);
    if (verdict !== undefined) findings.push(Object.assign({ name: `program ${formatPlatform(platform)}` }, verdict));
  }
  return findings;
}

async function judgeLocal(
  absolute: string,
  platform: Platform,
  { entrypoint, installer }: Pick<LocalPrograms, "entrypoint" | "installer">,
): Promise<Verdict> {
  const folder = isFolder(absolute, `for ${formatPlatform(platform)}`);
  const path = folder ? await findFolderProgram(absolute, platform, entrypoint) : basename(absolute);
  const format = readProgramFormat(folder ? join(absolute, path) : absolute);
  const verdict = judgeProgram({ path, format, platform, interface: installer?.interface });
  if (verdict.status !== "ok" || format.kind !== "mach-o") return verdict;
  const signature = judgeSignature([{ path, format }]);
  return signature.status === "ok" ? verdict : signature;
}

export interface Pushed {
  readonly reference: Reference;
  /** What was pushed. */
  readonly root: Digest;
}

// Nobody waits long for what is only a word of warning.
const PATIENCE = { timeouts: { connect: 3000, headers: 5000, idle: 5000 }, retries: { attempts: 1 } };

/** Whether somebody without a login gets what was pushed a moment ago. It never throws: the push is done. */
export async function checkAsStranger(pushed: Pushed, options: RegistryOptions): Promise<Finding> {
  const verdict = await ask(pushed, options).catch((error: unknown) =>
    warning(`it could not be tried whether a stranger gets it: ${formatError(error)}`, "Try it again later."),
  );
  return Object.assign({ name: "stranger" }, verdict);
}

async function ask({ reference, root }: Pushed, options: RegistryOptions): Promise<Verdict> {
  await using network = openRegistry({ ...options, ...PATIENCE });
  const { verdict, tags, ...access } = await askAsStranger({
    repository: reference,
    tag: reference.tag,
    digest: undefined,
    installer: undefined,
    stranger: network.repository(reference),
    // Whoever has pushed it may read it.
    own: { tags: async () => [], fetchManifest: async () => undefined },
  });
  if (verdict.status !== "ok") return verdict;
  const tag = reference.tag ?? "";
  const later = "Some registries and caches take a moment: look again.";
  if (access.root === undefined)
    return warning(`a stranger does not get ${tag} yet: ${access.missing?.message ?? ""}`, later);
  if (access.root.descriptor.digest !== root) return warning(`a stranger still gets other content under ${tag}`, later);
  if (tags?.includes(tag) !== true) return warning(`${tag} is not among the tags that strangers see`, later);
  return ok("a stranger can fetch it");
}

/** A warning for whoever pushes, which is no reason to fail. */
export function formatWarning({ name, detail, fix }: Finding): string {
  const where = name === "stranger" ? "" : `${name.replace(/^program /, "")}: `;
  return `warning: ${where}${detail}\n${fix === undefined ? "" : `${fix.replace(/^/gm, "  ")}\n`}`;
}
