import type { Settings } from "../../src/config/settings.ts";

/** What holds where nobody has set anything. */
export const SETTINGS: Settings = {
  version: "latest",
  versionSource: "installer.json",
  repositories: [],
  channel: "stable",
  prereleases: false,
  updateWhen: "launch",
  checkEvery: 0,
  timeout: 3000,
  criticalTimeout: 300_000,
  keepVersions: 2,
};
