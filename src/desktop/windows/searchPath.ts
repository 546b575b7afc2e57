import type { Registry } from "./registry.ts";

const ENVIRONMENT = String.raw`HKEY_CURRENT_USER\Environment`;

/** Adds a folder to the person's own PATH, as its last entry. */
export async function addToPath(registry: Registry, folder: string): Promise<void> {
  await changePath(registry, (entries) =>
    entries.some((entry) => isSame(entry, folder)) ? entries : [...entries, folder],
  );
}

export async function removeFromPath(registry: Registry, folder: string): Promise<void> {
  await changePath(registry, (entries) => entries.filter((entry) => !isSame(entry, folder)));
}

async function changePath(
  registry: Registry,
  change: (entries: readonly string[]) => readonly string[],
): Promise<void> {
  const values = await registry.read(ENVIRONMENT);
  // The name is written in several ways, and is one name.
  const [name = "Path", value] = [...values].find(([name]) => name.toLowerCase() === "path") ?? [];
  if (value?.kind === "number") return;
  const before = (value?.text ?? "").split(";").filter((entry) => entry !== "");
  const after = change(before);
  if (after.length === before.length) return;
  await registry.change([
    {
      key: ENVIRONMENT,
      // One that had variables in it keeps its kind; a new one has none.
      values: { [name]: after.length === 0 ? undefined : { kind: value?.kind ?? "expand", text: after.join(";") } },
    },
  ]);
}

function isSame(entry: string, folder: string): boolean {
  return entry.replace(/\\+$/, "").toLowerCase() === folder.replace(/\\+$/, "").toLowerCase();
}
