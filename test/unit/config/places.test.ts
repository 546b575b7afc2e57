import { homedir } from "node:os";
import envPaths from "env-paths";
import { afterEach, describe, expect, test, vi } from "vitest";
import { placesOf } from "../../../src/config/places.ts";

const ID = "com.example.app";

afterEach(() => vi.unstubAllEnvs());

describe("a program's places", () => {
  test.each([
    [{}],
    [{ XDG_DATA_HOME: "", XDG_CONFIG_HOME: "", XDG_CACHE_HOME: "" }],
    [{ XDG_DATA_HOME: "/data", XDG_CONFIG_HOME: "relative/config", XDG_CACHE_HOME: "/cache/../other" }],
    [{ APPDATA: "/roaming", LOCALAPPDATA: "/local" }],
    [{ APPDATA: "", LOCALAPPDATA: "" }],
  ])("are those of env-paths on every system with %j", async (env) => {
    for (const name of ["XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "APPDATA", "LOCALAPPDATA"])
      vi.stubEnv(name, undefined);
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    for (const platform of ["linux", "darwin", "win32", "freebsd"]) {
      const stub = vi.spyOn(process, "platform", "get").mockReturnValue(platform as NodeJS.Platform);
      const { data, config, cache } = envPaths(ID, { suffix: "" });
      stub.mockRestore();
      expect(placesOf(ID, { platform, env: process.env, homedir })).toEqual({ data, config, cache });
    }
  });

  test("are in the home folder that the environment names, and else in the one that the system knows", () => {
    const homedir = () => "/system";
    expect(placesOf(ID, { platform: "linux", env: { HOME: "/home/me" }, homedir }).data).toBe(
      "/home/me/.local/share/com.example.app",
    );
    expect(placesOf(ID, { platform: "linux", env: { HOME: "" }, homedir }).data).toBe(".local/share/com.example.app");
    expect(placesOf(ID, { platform: "linux", env: {}, homedir }).data).toBe("/system/.local/share/com.example.app");
    expect(placesOf(ID, { platform: "win32", env: { HOME: "/home/me" }, homedir }).data).toContain("/system/AppData");
  });
});
