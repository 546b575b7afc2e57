import { chmod, readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { INSTALLER_FILE, type Installer, parseInstaller } from "../config/installer.ts";
import { AppError, diskError, systemCodeOf } from "../errors.ts";
import { parseJson } from "../oci/parse.ts";
import { formatRepository, type Repository } from "../oci/reference.ts";
import { writeFileAtomically } from "../store/atomic.ts";
import type { CommandContext } from "./command.ts";

/** The publisher's installer.json. @throws AppError `not-found`, `config`. */
export async function readInstaller(cwd: string, path = INSTALLER_FILE): Promise<Installer> {
  const found = await readInstallerIfPresent(cwd, path);
  if (found !== undefined) return found;
  throw new AppError("not-found", `there is no ${resolve(cwd, path)}`, {
    hint: 'Write one with at least "id", "name" and "repository", or name another with --config.',
  });
}

export async function readInstallerIfPresent(cwd: string, path = INSTALLER_FILE): Promise<Installer | undefined> {
  const absolute = resolve(cwd, path);
  try {
    return parseInstaller(await readFile(absolute), path);
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return undefined;
    throw diskError(error, absolute);
  }
}

/**
 * The installer.json that is about a repository: the one that was named, or the one that lies here, unless it is another
 * program's. Without a repository it is needed, to say which one.
 *
 * @throws AppError `not-found`, `config`.
 */
export async function readInstallerFor(
  repository: Repository | undefined,
  { context, config }: { readonly context: CommandContext; readonly config: string | undefined },
): Promise<Installer | undefined> {
  if (repository === undefined || config !== undefined) return await readInstaller(context.cwd, config);
  const here = await readUnasked(context);
  return here?.repository === formatRepository(repository) ? here : undefined;
}

/** An installer.json that nobody named: a wrong one is worth a word, and no reason to stop. */
async function readUnasked(context: CommandContext): Promise<Installer | undefined> {
  try {
    return await readInstallerIfPresent(context.cwd);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    context.note(`warning: ${error.message}; it is not used\n`);
    return undefined;
  }
}

/** Writes installer.json anew with a change; all else stays as it is, in its order. @throws AppError `config`, `io`. */
export async function changeInstaller(
  cwd: string,
  path: string | undefined,
  change: (content: Record<string, unknown>) => Record<string, unknown>,
): Promise<void> {
  const absolute = resolve(cwd, path ?? INSTALLER_FILE);
  const bytes = await readFile(absolute).catch((error: unknown) => {
    throw diskError(error, absolute);
  });
  const text = `${JSON.stringify(change(parseJson(bytes, absolute) as Record<string, unknown>), undefined, 2)}\n`;
  parseInstaller(Buffer.from(text), absolute);
  const { mode } = await stat(absolute);
  await writeFileAtomically(absolute, text);
  // Others read it too: it holds no secret.
  await chmod(absolute, mode);
}
