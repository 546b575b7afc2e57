import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checksumOf } from "../../src/packaging/windows/checksum.ts";
import { makeSelfSigned } from "../support/certificates.ts";
import { hasProgram } from "../support/peer.ts";
import { sampleIcon } from "../support/sampleIcon.ts";
import { canRunWindows, lines, openWindowsSandbox, startMenu } from "../support/windowsSandbox.ts";

describe.skipIf(!canRunWindows() || !hasProgram("osslsigncode") || !hasProgram("exiftool"))(
  "a launcher for Windows",
  () => {
    test("that was signed verifies, runs, and finds its settings and its release", async () => {
      await using sandbox = await openWindowsSandbox();
      const { publisher, downloaded } = sandbox;
      const { certificate, key } = makeSelfSigned(publisher.directory, "/CN=Example Inc.", [
        "extendedKeyUsage=codeSigning",
      ]);
      await sandbox.publish("1.0.0");
      const sign = `osslsigncode sign -certs ${certificate} -key ${key} -in {file} -out {file}.signed && mv {file}.signed {file}`;
      await sandbox.build({ sign: { windows: sign } }, ["--bundle"]);
      const verified = execFileSync("osslsigncode", ["verify", "-CAfile", certificate, "-in", downloaded], {
        encoding: "utf8",
      });
      expect(verified).toContain("Signature verification: ok");
      // Its versions differ in whether they print what they have calculated where that is what the file says.
      for (const label of ["PE checksum", "essage digest +"]) {
        const printed = [...verified.matchAll(new RegExp(`${label}\\s*: ([0-9A-F]{8,})`, "g"))];
        expect(new Set(printed.slice(0, 2).map(([, value]) => value)).size).toBe(1);
      }
      await publisher.stopRegistry();
      expect(await sandbox.launch(["x"])).toMatchObject({ exitCode: 0, stdout: lines("1.0.0", "x") });
      // Where it was copied to, the signature is as good.
      execFileSync("osslsigncode", ["verify", "-CAfile", certificate, "-in", sandbox.placed], { stdio: "pipe" });
    });

    test("that cannot be signed is no launcher", async () => {
      await using sandbox = await openWindowsSandbox();
      await expect(sandbox.build({ sign: { windows: "test -f {file} && exit 3" } })).rejects.toThrow(
        "could not be signed: it ended with exit code 3",
      );
    });

    test("has the program's icon, name and version, and a checksum that is right", async () => {
      await using sandbox = await openWindowsSandbox();
      const { publisher, downloaded } = sandbox;
      await writeFile(join(publisher.directory, "icon.png"), sampleIcon(256));
      await sandbox.build({
        publisher: "Example Inc.",
        launcherVersion: "1.2.3",
        icon: "icon.png",
        interface: "window",
      });
      const [found] = JSON.parse(execFileSync("exiftool", ["-json", downloaded], { encoding: "utf8" })) as unknown[];
      expect(found).toMatchObject({
        FileDescription: "Example App",
        ProductName: "Example App",
        CompanyName: "Example Inc.",
        FileVersion: "1.2.3",
        ProductVersionNumber: "1.2.3.0",
        OriginalFileName: "Example-App-windows-amd64.exe",
        Subsystem: "Windows GUI",
      });
      const icon = join(publisher.directory, "icon.ico");
      execFileSync("wrestool", ["--extract", "--type=14", `--output=${icon}`, downloaded]);
      const listed = execFileSync("icotool", ["--list", icon], { encoding: "utf8" });
      expect(listed.match(/--width=\d+/g)).toEqual(
        [16, 20, 24, 32, 40, 48, 64, 128, 256].map((size) => `--width=${size}`),
      );
      const executable = readFileSync(downloaded);
      expect(executable.readUInt32LE(executable.readUInt32LE(0x3c) + 88)).toBe(checksumOf(executable));
    });
  },
);

describe.skipIf(!canRunWindows() || !hasProgram("makensis"))("a compressed file for Windows", () => {
  // Packing takes half a minute, and is done twice.
  test("is a quarter as large, and does the same", { timeout: 400_000 }, async () => {
    await using sandbox = await openWindowsSandbox();
    const { computer, downloaded, placed, data } = sandbox;
    await sandbox.publish("1.0.0");
    await sandbox.build({ launcherVersion: "1.0.0" }, ["--installer", "nsis"]);
    const compact = downloaded.replace(/\.exe$/, ".compact.exe");
    expect(statSync(compact).size).toBeLessThan(statSync(downloaded).size / 3);
    const env = { TOLD: String.raw`C:\told.txt` };
    const told = join(computer.drive, "told.txt");
    const args = ["a b", 'say "hi"', "ä%PATH%", "--exit", "7"];
    expect(await sandbox.launch(args, { env, launcher: compact })).toMatchObject({ exitCode: 7 });
    expect(readFileSync(told, "utf8")).toBe(lines("1.0.0", ...args));
    expect([existsSync(placed), existsSync(startMenu(sandbox))]).toEqual([true, true]);
    // Now there is a launcher at its place: nothing is unpacked any more.
    const settled = readFileSync(join(data, "launcher", "settled.json"), "utf8");
    expect(await sandbox.launch(["--exit", "3"], { env, launcher: compact })).toMatchObject({ exitCode: 3 });
    expect(readFileSync(join(data, "launcher", "settled.json"), "utf8")).toBe(settled);
    await sandbox.build({ launcherVersion: "1.1.0" }, ["--installer", "nsis"]);
    expect(await sandbox.launch([], { env, launcher: compact })).toMatchObject({ exitCode: 0 });
    expect((await sandbox.launch(["--launcher", "version"], { launcher: placed })).stdout).toBe("1.1.0\n");
  });
});
