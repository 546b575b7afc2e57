import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { dockerCredentials } from "../../../src/registry/credentials.ts";
import { eraseLogin, storeLogin } from "../../../src/registry/dockerConfig.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

const LOGIN = { username: "me", password: "pass:word" };
const KEPT = { auth: Buffer.from("me:pass:word").toString("base64") };
const DEEP = `{"auths":${"[".repeat(20_000)}${"]".repeat(20_000)}}`;
const OTHER = { auth: "b3RoZXI6eA==" };

interface Home extends AsyncDisposable {
  readonly options: { readonly env: Readonly<Record<string, string>>; readonly home: string };
  readonly file: string;
  read(): Promise<string>;
}

/** A home folder with this config, and a helper `test` that takes everything, or fails. */
async function openHome(config?: unknown, { helperFails = false } = {}): Promise<Home> {
  const directory = await temporaryDirectory();
  const folder = join(directory.path, ".docker");
  const file = join(folder, "config.json");
  if (config !== undefined) {
    await mkdir(folder);
    await writeFile(file, typeof config === "string" ? config : JSON.stringify(config));
  }
  const helper = join(directory.path, "docker-credential-test");
  await writeFile(helper, `#!/bin/sh\n/bin/cat > ${directory.path}/"$1"\nexit ${helperFails ? 1 : 0}\n`);
  await chmod(helper, 0o755);
  return {
    options: { env: { PATH: directory.path }, home: directory.path },
    file,
    read: async () => await readFile(file, "utf8"),
    [Symbol.asyncDispose]: async () => await directory[Symbol.asyncDispose](),
  };
}

describe("a login that is kept", () => {
  test("makes a file that only its owner may read, where there was none", async () => {
    await using home = await openHome();
    expect(await storeLogin("ghcr.io", LOGIN, home.options)).toEqual({ kind: "file", path: home.file });
    expect(JSON.parse(await home.read())).toEqual({ auths: { "ghcr.io": KEPT } });
    expect((await stat(home.file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(home.file, ".."))).mode & 0o777).toBe(0o700);
    // What was written beside it has its name now.
    expect(await readdir(join(home.file, ".."))).toEqual(["config.json"]);
  });

  test.each([0o644, 0o600, 0o400])("has its file for its owner alone, which was %o before", async (mode) => {
    await using home = await openHome({ auths: {} });
    await chmod(home.file, mode);
    await storeLogin("ghcr.io", LOGIN, home.options);
    expect((await stat(home.file)).mode & 0o777).toBe(0o600);
    await chmod(home.file, mode);
    await eraseLogin("ghcr.io", home.options);
    expect((await stat(home.file)).mode & 0o777).toBe(0o600);
  });

  test("leaves everything else as it was, in its order", async () => {
    const before = { psFormat: "table", auths: { z: OTHER, "ghcr.io": OTHER, a: OTHER }, currentContext: "x" };
    await using home = await openHome(before);
    await storeLogin("ghcr.io", LOGIN, home.options);
    const after = { ...before, auths: { z: OTHER, a: OTHER, "ghcr.io": KEPT } };
    expect(await home.read()).toBe(`${JSON.stringify(after, undefined, "\t")}\n`);
  });

  test.each([
    ["ghcr.io", "https://ghcr.io/v2/", "ghcr.io"],
    ["docker.io", "registry-1.docker.io", "https://index.docker.io/v1/"],
    ["docker.io", "https://index.docker.io/v1/", "https://index.docker.io/v1/"],
  ])("of %s takes the place of an older one under %s", async (host, old, key) => {
    await using home = await openHome({ auths: { [old]: OTHER, "a.io": OTHER } });
    await storeLogin(host, LOGIN, home.options);
    expect(JSON.parse(await home.read())).toEqual({ auths: { "a.io": OTHER, [key]: KEPT } });
    expect(await dockerCredentials(home.options)(host)).toEqual({ kind: "basic", ...LOGIN });
    expect(await eraseLogin(host, home.options)).toBe(true);
    expect(JSON.parse(await home.read())).toEqual({ auths: { "a.io": OTHER } });
  });

  test.each([
    ["the helper for all", { credsStore: "test" }],
    ["the helper for its host", { credsStore: "none", credHelpers: { "https://index.docker.io/v1/": "test" } }],
  ])("goes to %s, and out of the file", async (_, config) => {
    await using home = await openHome({ auths: { "a.io": OTHER, "index.docker.io": OTHER }, ...config });
    expect(await storeLogin("docker.io", LOGIN, home.options)).toEqual({ kind: "helper", name: "test" });
    expect(JSON.parse(await readFile(join(home.options.home, "store"), "utf8"))).toEqual({
      ServerURL: "https://index.docker.io/v1/",
      Username: LOGIN.username,
      Secret: LOGIN.password,
    });
    const auths = { "a.io": OTHER, "https://index.docker.io/v1/": {} };
    expect(JSON.parse(await home.read())).toEqual({ auths, ...config });
    await storeLogin("docker.io", LOGIN, home.options);
    expect(await eraseLogin("docker.io", home.options)).toBe(true);
    expect(await readFile(join(home.options.home, "erase"), "utf8")).toBe("https://index.docker.io/v1/");
  });

  test("in a helper leaves a file without logins as it is", async () => {
    const before = { auths: { "a.io": OTHER, "ghcr.io": {} }, credsStore: "test" };
    await using home = await openHome(before);
    await storeLogin("ghcr.io", LOGIN, home.options);
    expect(await home.read()).toBe(JSON.stringify(before));
  });

  test.each([
    ["fails", { credsStore: "test" }, "docker-credential-test failed (exit code 1)"],
    ["is missing", { credsStore: "gone" }, "docker-credential-gone is not installed"],
    ["is no helper's name", { credsStore: "../test" }, "docker-credential-../test is not installed"],
  ])("goes nowhere else when the helper %s", async (_, config, message) => {
    await using home = await openHome(config, { helperFails: true });
    const { options } = home;
    for (const change of [() => storeLogin("ghcr.io", LOGIN, options), () => eraseLogin("ghcr.io", options)])
      await expect(change()).rejects.toMatchObject({
        code: "unavailable",
        message: expect.stringContaining(message),
        hint: expect.stringContaining("credsStore"),
      });
    expect(await home.read()).toBe(JSON.stringify(config));
  });

  test.each([
    ["broken", "{ broken"],
    ["a list", "[]"],
    ["nothing", "null"],
    ["nested without end", DEEP],
  ])("does not overwrite a config that is %s", async (_, text) => {
    await using home = await openHome(text);
    await expect(storeLogin("ghcr.io", LOGIN, home.options)).rejects.toMatchObject({ code: "config" });
    await expect(eraseLogin("ghcr.io", home.options)).rejects.toMatchObject({ code: "config" });
    expect(await home.read()).toBe(text);
  });

  test("that is not there is none to forget, and nothing is written", async () => {
    await using home = await openHome();
    expect(await eraseLogin("ghcr.io", home.options)).toBe(false);
    await expect(stat(home.file)).rejects.toThrow("ENOENT");
  });
});
