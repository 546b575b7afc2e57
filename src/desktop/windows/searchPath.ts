import type { Registry } from "./registry.ts";

const ENVIRONMENT = String.raw`HKEY_CURRENT_USER\Environment`;

/** Adds a folder to the person's own PATH, as its last entry. @returns whether it was not there. */
export async function addToPath(registry: Registry, folder: string): Promise<boolean> {
  return await changePath(registry, (entries) =>
    entries.some((entry) => isSame(entry, folder)) ? entries : [...entries, folder],
  );
}

/** @returns whether it was there. */
export async function removeFromPath(registry: Registry, folder: string): Promise<boolean> {
  return await changePath(registry, (entries) => entries.filter((entry) => !isSame(entry, folder)));
}

async function changePath(
  registry: Registry,
  change: (entries: readonly string[]) => readonly string[],
): Promise<boolean> {
  const values = await registry.read(ENVIRONMENT);
  // The name is written in several ways, and is one name.
  const [name = "Path", value] = [...values].find(([name]) => name.toLowerCase() === "path") ?? [];
  if (value?.kind === "number") return false;
  const before = (value?.text ?? "").split(";").filter((entry) => entry !== "");
  const after = change(before);
  if (after.length === before.length) return false;
  await registry.change([
    {
      key: ENVIRONMENT,
      // One that had variables in it keeps its kind; a new one has none.
      values: { [name]: after.length === 0 ? undefined : { kind: value?.kind ?? "expand", text: after.join(";") } },
    },
  ]);
  return true;
}

function isSame(entry: string, folder: string): boolean {
  return entry.replace(/\\+$/, "").toLowerCase() === folder.replace(/\\+$/, "").toLowerCase();
}
