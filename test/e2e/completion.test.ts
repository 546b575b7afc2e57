import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hasProgram } from "../support/peer.ts";
import { openSandbox } from "../support/sandbox.ts";

/** What bash offers for the words, the last of which is being typed. */
function bash(script: string, words: readonly string[]): string[] {
  const line = words.map((word) => `'${word}'`).join(" ");
  const ask = `COMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _slipway; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const out = execFileSync("bash", ["-c", `source "${script}"; ${ask}`], { encoding: "utf8" });
  return out.split("\n").filter((word) => word !== "");
}

describe("completions", () => {
  test("of bash offer commands, options and their values", async () => {
    await using sandbox = await openSandbox();
    const script = join(sandbox.directory, "completion.bash");
    await writeFile(script, (await sandbox.slipway(["completion", "bash"])).stdout);
    expect(bash(script, ["slipway", "p"])).toEqual(["push", "page", "promote", "pull"]);
    expect(bash(script, ["slipway", "tags", "--la"])).toEqual(["--latest"]);
    expect(bash(script, ["slipway", "pull", "x", "--format", "o"])).toEqual(["oci-layout", "oci-archive"]);
    expect(bash(script, ["slipway", "help", "ma"])).toEqual(["manifest"]);
  });

  test.each([
    ["zsh", ["zsh", "-n"]],
    ["fish", ["fish", "--no-execute"]],
  ] as const)("of %s are a script that it reads", async (shell, [program, flag]) => {
    await using sandbox = await openSandbox();
    const { exitCode, stdout } = await sandbox.slipway(["completion", shell]);
    expect(exitCode).toBe(0);
    for (const name of ["push", "pull", "completion"]) expect(stdout).toContain(name);
    const script = join(sandbox.directory, "script");
    await writeFile(script, stdout);
    // Their syntax is checked where the shells are there, which no other test needs.
    if (hasProgram(program)) execFileSync(program, [flag, script]);
  });

  test("of PowerShell name every command", async () => {
    await using sandbox = await openSandbox();
    const { stdout } = await sandbox.slipway(["completion", "powershell"]);
    for (const name of ["push", "pull", "verify", "completion"]) expect(stdout).toContain(`'${name}' { '--`);
  });

  test("of another shell are refused", async () => {
    await using sandbox = await openSandbox();
    expect(await sandbox.slipway(["completion", "tcsh"])).toMatchObject({ exitCode: 2, stdout: "" });
  });
});
