import { join } from "node:path";

// This file is on the launch path.

/** Directories of one program on one person's account, as each system wants them. */
export interface Places {
  /** Installed versions and their state. */
  readonly data: string;
  /** Holds the person's own installer.json. */
  readonly config: string;
  /** What can be made again at any time. */
  readonly cache: string;
}

/** What the places depend on. */
export interface PlaceFacts {
  /** Node's name of the system. */
  readonly platform: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The person's home folder, where the environment does not name it. */
  readonly homedir: () => string;
}

/**
 * What the package env-paths says without its suffix; the tests hold it to that. That package asks Node for the home
 * folder, the temporary folder and the whole process at every start, which is most of what finding the places costs.
 *
 * @param id the program's id, a reverse domain name: nothing else is called so.
 */
export function placesOf(id: string, { platform, env, homedir }: PlaceFacts): Places {
  if (platform === "win32") {
    const roaming = env["APPDATA"] || join(homedir(), "AppData", "Roaming");
    const local = env["LOCALAPPDATA"] || join(homedir(), "AppData", "Local");
    return { data: join(local, id, "Data"), config: join(roaming, id, "Config"), cache: join(local, id, "Cache") };
  }
  // Node's os.homedir looks at the same variable first.
  const home = env["HOME"] ?? homedir();
  if (platform === "darwin") {
    const library = join(home, "Library");
    return {
      data: join(library, "Application Support", id),
      config: join(library, "Preferences", id),
      cache: join(library, "Caches", id),
    };
  }
  return {
    data: join(env["XDG_DATA_HOME"] || join(home, ".local", "share"), id),
    config: join(env["XDG_CONFIG_HOME"] || join(home, ".config"), id),
    cache: join(env["XDG_CACHE_HOME"] || join(home, ".cache"), id),
  };
}
