import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { formatPlatform } from "../../../src/oci/platform.ts";
import { NODE_PACKAGES } from "../../../src/packaging/nodePackages.ts";
import { findTarget, hostTarget, NODE_VERSION, TARGETS } from "../../../src/packaging/targets.ts";
import packageJson from "../../../package.json" with { type: "json" };

test.each([
  ["linux/amd64", "node22.23.2-linux-x64", "node-v22.23.2-linux-x64", "tar.gz", ""],
  ["linux/arm64", "node22.23.2-linux-arm64", "node-v22.23.2-linux-arm64", "tar.gz", ""],
  ["darwin/arm64", "node22.23.2-macos-arm64", "node-v22.23.2-darwin-arm64", "tar.gz", ""],
  ["darwin/amd64", "node22.23.2-macos-x64", "node-v22.23.2-darwin-x64", "tar.gz", ""],
  ["windows/amd64", "node22.23.2-win-x64", "node-v22.23.2-win-x64", "zip", ".exe"],
])("%s is %s to pkg, which keeps it as %s", (platform, pkgTarget, pkgBase, pkgArchive, suffix) => {
  const target = TARGETS.find((entry) => formatPlatform(entry.platform) === platform);
  expect(target).toMatchObject({ pkgTarget, pkgBase, pkgArchive, suffix });
});

test("each target is its own machine's", () => {
  const hosts = ["linux-x64", "linux-arm64", "darwin-arm64", "darwin-x64", "win32-x64"].map((machine) => {
    const [platform = "", arch = ""] = machine.split("-");
    return hostTarget(platform, arch);
  });
  expect(hosts).toEqual(TARGETS);
});

test("Node comes along for every target, in the version that launchers are made of", () => {
  const wanted = Object.values(NODE_PACKAGES).map(({ name }) => [name, NODE_VERSION]);
  expect(Object.fromEntries(wanted)).toEqual(packageJson.optionalDependencies);
});

test("each Node is pinned to the archive that the lock file names in that version", async () => {
  const lock = JSON.parse(await readFile(new URL("../../../package-lock.json", import.meta.url), "utf8")) as {
    packages: Record<string, { version: string; integrity: string } | undefined>;
  };
  const locked = Object.values(NODE_PACKAGES).map(({ name }) => {
    const { version, integrity } = lock.packages[`node_modules/${name}`] ?? {};
    return { name, version, integrity };
  });
  const pinned = Object.values(NODE_PACKAGES).map(({ name, integrity }) => ({
    name,
    version: NODE_VERSION,
    integrity,
  }));
  expect(pinned).toEqual(locked);
});

test("a platform or a computer that is not in the table is refused with what is", () => {
  expect(() => findTarget({ os: "linux", architecture: "riscv64" })).toThrow(
    expect.objectContaining({ code: "usage", hint: expect.stringContaining("windows/amd64") }),
  );
  expect(() => hostTarget("freebsd", "x64")).toThrow("no launcher can be made on this computer (freebsd-x64)");
});
