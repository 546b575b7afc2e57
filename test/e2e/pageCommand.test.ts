import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { expectSuccess, openSandbox, type Sandbox } from "../support/sandbox.ts";

const PROGRAM = "#!/bin/sh\necho hello\n";

async function pushRelease(sandbox: Sandbox, version = "1.0.0"): Promise<void> {
  await writeFile(join(sandbox.directory, "app"), PROGRAM, { mode: 0o755 });
  const args = ["push", `${sandbox.repository}:${version}`, "linux/amd64=app", "--no-check"];
  expectSuccess(await sandbox.slipway(args));
}

describe("slipway page", () => {
  test("writes the page of a repository, with the file as it was pushed", async () => {
    await using sandbox = await openSandbox();
    await pushRelease(sandbox);
    const { exitCode, stdout } = await sandbox.slipway(["page", sandbox.repository, "-o", "public"]);
    expect(exitCode).toBe(0);
    expect(stdout).toBe("wrote the page to public\n  files/1.0.0/app  21 B\n");
    const read = async (path: string): Promise<string> =>
      await readFile(join(sandbox.directory, "public", path), "utf8");
    expect(await read("files/1.0.0/app")).toBe(PROGRAM);
    expect(await read("SHA256SUMS")).toBe(`${createHash("sha256").update(PROGRAM).digest("hex")}  app\n`);
    expect(await read("index.html")).toContain("<h1>app</h1>");
    expect(await read("badge.svg")).toContain("1.0.0");

    const again = await sandbox.slipway(["page", sandbox.repository, "-o", "public"]);
    expect(again.stdout).toContain("files/1.0.0/app  21 B, was there already");
  });

  test("takes repository, name and publisher from installer.json, and a copy on a disk as well", async () => {
    await using sandbox = await openSandbox();
    await pushRelease(sandbox);
    const installer = {
      id: "com.example.app",
      name: "Example <App>",
      publisher: "Example & Co",
      repository: sandbox.repository,
    };
    await writeFile(join(sandbox.directory, "installer.json"), JSON.stringify(installer));
    expectSuccess(await sandbox.slipway(["page", "-o", "here"]));
    expectSuccess(await sandbox.slipway(["copy", `${sandbox.repository}:1.0.0`, "oci:layout:1.0.0"]));
    await sandbox.stopRegistry();
    expectSuccess(await sandbox.slipway(["page", "oci:layout", "--config", "installer.json", "-o", "there"]));
    const [here, there] = await Promise.all(
      ["here", "there"].map(async (folder) => await readFile(join(sandbox.directory, folder, "en/index.html"), "utf8")),
    );
    expect(here).toContain("<h1>Example &lt;App&gt;</h1>");
    expect(here).toContain("<span>Example &amp; Co</span>");
    expect(there).toBe(here);
  });

  test("links to files elsewhere", async () => {
    await using sandbox = await openSandbox();
    await pushRelease(sandbox);
    const link = "https://dl.example.com/{tag}/{platform}";
    const { exitCode, stdout } = await sandbox.slipway([
      "page",
      sandbox.repository,
      "-o",
      "p",
      "--link",
      link,
      "--json",
    ]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ directory: join(sandbox.directory, "p"), files: [] });
    const html = await readFile(join(sandbox.directory, "p", "index.html"), "utf8");
    expect(html).toContain('href="https://dl.example.com/1.0.0/linux-amd64" download="app"');
  });

  test.each([
    [["page", "x.example/app"], 2, /the folder for the page is missing[^]*-o public/],
    [["page", "x.example/app", "y.example/app", "-o", "p"], 2, /expected one place/],
    [["page", "x.example/app", "-o", "p", "--link", "https://example.com/app"], 2, /the same address for all/],
    [["page", "-o", "p"], 66, /there is no .*installer\.json/],
  ] as const)("refuses %j with what to do", async (args, code, message) => {
    await using sandbox = await openSandbox();
    const { exitCode, stderr } = await sandbox.slipway(args);
    expect(exitCode).toBe(code);
    expect(stderr).toMatch(message);
  });
});
