import envPaths from "env-paths";

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

/** @param id the program's id. No suffix: the id is a reverse domain name, and nothing else is called so. */
export function placesOf(id: string): Places {
  const { data, config, cache } = envPaths(id, { suffix: "" });
  return { data, config, cache };
}
