import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readStamp } from "../../src/packaging/stamp.ts";
import { checkMachO } from "../support/machoCheck.ts";
import { hasProgram } from "../support/peer.ts";
import { readWithPython } from "../support/propertyList.ts";
import { sampleIcon } from "../support/sampleIcon.ts";
import { expectSuccess, openSandbox, type Sandbox } from "../support/sandbox.ts";

const CAN_READ = ["unzip", "python3", "icns2png"].map(hasProgram).every(Boolean);
const INSTALLER = {
  id: "com.example.app",
  name: "Example App",
  publisher: "Example Inc.",
  launcherVersion: "1.2.3",
  icon: "icon.png",
  desktop: { fileTypes: [{ extension: "slip", description: "Slip" }], urlSchemes: ["slip"] },
};

async function build(sandbox: Sandbox, settings: object = {}, args: readonly string[] = []): Promise<void> {
  await writeFile(join(sandbox.directory, "icon.png"), sampleIcon(512));
  const installer = { ...INSTALLER, repository: sandbox.repository, ...settings };
  await writeFile(join(sandbox.directory, "installer.json"), JSON.stringify(installer));
  expectSuccess(await sandbox.slipway(["build", ...args]));
}

async function unzip(sandbox: Sandbox, architecture: string): Promise<string> {
  const folder = join(sandbox.directory, architecture);
  await mkdir(folder);
  execFileSync("unzip", [
    "-q",
    join(sandbox.directory, "dist", `Example-App-darwin-${architecture}.zip`),
    "-d",
    folder,
  ]);
  return join(folder, "Example App.app", "Contents");
}

describe.skipIf(!CAN_READ)("a launcher for Macs", () => {
  test("is an app in a zip, with icon, declared files, and a signature that covers all of it", async () => {
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", "echo one", "darwin/arm64");
    await build(sandbox, {}, ["--platform", "darwin/arm64", "--bundle"]);
    const contents = await unzip(sandbox, "arm64");
    const info = readWithPython(readFileSync(join(contents, "Info.plist"), "utf8"));
    expect(info).toMatchObject({
      CFBundleIdentifier: "com.example.app",
      CFBundleName: "Example App",
      CFBundleExecutable: "Example-App",
      CFBundleShortVersionString: "1.2.3",
      CFBundleIconFile: "icon.icns",
      CFBundleURLTypes: [{ CFBundleURLSchemes: ["slip"] }],
    });
    const executable = join(contents, "MacOS", "Example-App");
    expect(statSync(executable).mode & 0o777).toBe(0o755);
    const file = readFileSync(executable);
    const { problems, architecture, directory } = checkMachO(file);
    expect({ problems, architecture }).toEqual({ problems: [], architecture: "arm64" });
    expect(directory).toMatchObject({ identifier: "com.example.app" });
    const icon = execFileSync("icns2png", ["-l", join(contents, "Resources", "icon.icns")], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    for (const type of ["icp4", "icp5", "ic07", "ic08", "ic09", "ic11", "ic12", "ic13", "ic14"])
      expect(icon).toContain(`'${type}'`);
    const stamp = readStamp(file)!;
    expect(stamp).toMatchObject({ launcherVersion: "1.2.3", installer: { id: "com.example.app" } });
    const release = join(contents, "MacOS", stamp.attached.release!.file!);
    expect(statSync(release).size).toBe(stamp.attached.release!.size);
    expect(execFileSync("tar", ["tf", release], { encoding: "utf8" })).toContain("index.json");
    expect(existsSync(join(contents, "_CodeSignature", "CodeResources"))).toBe(true);
  });

  test("is signed by the publisher's own command, which gets the app before it is zipped", async () => {
    await using sandbox = await openSandbox();
    const sign = { darwin: "test -x {file}/Contents/MacOS/Example-App && echo theirs > {file}/Contents/theirs" };
    await build(sandbox, { sign }, ["--platform", "darwin/amd64"]);
    const contents = await unzip(sandbox, "amd64");
    expect(readFileSync(join(contents, "theirs"), "utf8")).toBe("theirs\n");
    const file = readFileSync(join(contents, "MacOS", "Example-App"));
    expect(checkMachO(file)).toMatchObject({ problems: [], architecture: "x86_64" });
    // How it was signed is nobody else's affair.
    expect(readStamp(file)?.installer.sign).toBeUndefined();
  });
});

describe.skipIf(!CAN_READ)("one build", () => {
  test("makes a file for each of the five platforms, and push publishes them as they are", async () => {
    await using sandbox = await openSandbox();
    await build(sandbox);
    const pushed = await sandbox.slipway(["push", "--launcher", "--codings", "none", "--json"]);
    expectSuccess(pushed);
    const { platforms } = JSON.parse(pushed.stdout) as { platforms: { platform: string; bytes: number }[] };
    const files = {
      "linux/amd64": "Example-App-linux-amd64",
      "linux/arm64": "Example-App-linux-arm64",
      "darwin/arm64": "Example-App-darwin-arm64.zip",
      "darwin/amd64": "Example-App-darwin-amd64.zip",
      "windows/amd64": "Example-App-windows-amd64.exe",
    };
    expect(Object.fromEntries(platforms.map(({ platform, bytes }) => [platform, bytes]))).toEqual(
      Object.fromEntries(
        Object.entries(files).map(([platform, name]) => [
          platform,
          statSync(join(sandbox.directory, "dist", name)).size,
        ]),
      ),
    );
    // The link to a layer is the download itself.
    const { stdout } = await sandbox.slipway(["link", `${sandbox.repository}:launcher-1.2.3`]);
    for (const name of Object.values(files)) expect(stdout).toContain(name);
    const [, link = ""] = /(http:\/\/\S+)/.exec(stdout) ?? [];
    const answer = await fetch(link, { method: "HEAD" });
    const sizes = platforms.map(({ bytes }) => bytes);
    expect(sizes).toContain(Number(answer.headers.get("content-length")));
  });

  test("can take its launchers from a folder or a registry instead of making them", async () => {
    await using sandbox = await openSandbox();
    expectSuccess(await sandbox.slipway(["build", "--generic", "--platform", "host", "--out", "generic"]));
    const generic = `launcher-linux-${process.arch === "arm64" ? "arm64" : "amd64"}`;
    const platform = generic.slice("launcher-".length).replace("-", "/");
    const place = `${sandbox.repository.replace("/app", "/launchers")}:1.0.0`;
    expectSuccess(await sandbox.slipway(["push", place, `${platform}=generic/${generic}`]));
    await sandbox.publish("1.0.0", "echo one");
    for (const launchers of ["generic", place]) {
      await build(sandbox, { name: "app" }, ["--platform", "host", "--launchers", launchers]);
      expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "one\n" });
    }
    await build(sandbox, {}, ["--platform", "host"]);
    const wrong = await sandbox.slipway(["build", "--platform", "windows/amd64", "--launchers", place]);
    expect(wrong).toMatchObject({ exitCode: 66, stderr: expect.stringContaining("has no launcher for windows/amd64") });
    const missing = await sandbox.slipway(["build", "--platform", "windows/amd64", "--launchers", "generic"]);
    expect(missing).toMatchObject({ exitCode: 66, stderr: expect.stringContaining("slipway build --generic") });
  });
});
