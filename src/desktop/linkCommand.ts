import { access, mkdir, readlink, rename, rm, symlink } from "node:fs/promises";
import { dirname } from "node:path";
import { AppError, diskError, systemCodeOf } from "../errors.ts";

/** Makes a name in a folder of the PATH lead to the launcher. @throws AppError `cannot-create` when it is taken. */
export async function linkCommand(link: string, launcher: string): Promise<void> {
  if ((await targetOf(link)) === launcher) return;
  try {
    await mkdir(dirname(link), { recursive: true });
    await symlink(launcher, link);
  } catch (error) {
    if (systemCodeOf(error) !== "EEXIST") throw diskError(error, link);
    if (!(await isDead(link))) {
      throw new AppError("cannot-create", `${link} belongs to another program`, {
        hint: `Start this one as ${launcher}.`,
      });
    }
    const fresh = `${link}.new`;
    await rm(fresh, { force: true });
    await symlink(launcher, fresh);
    await rename(fresh, link);
  }
}

/** Takes the name away if it still leads to this launcher. */
export async function unlinkCommand(link: string, launcher: string): Promise<void> {
  if ((await targetOf(link)) === launcher) await rm(link, { force: true });
}

async function targetOf(link: string): Promise<string | undefined> {
  return await readlink(link).catch(() => undefined);
}

/** A link that leads nowhere, such as that of a program whose folder was deleted by hand. */
async function isDead(link: string): Promise<boolean> {
  const target = await targetOf(link);
  if (target === undefined) return false;
  return await access(link).then(
    () => false,
    (error: unknown) => systemCodeOf(error) === "ENOENT",
  );
}
