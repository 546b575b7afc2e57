import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runSmoke } from "../../../src/launcher/smoke.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

// The system takes no argument that is longer than this.
const TOO_LONG = "x".repeat(256 * 1024);

describe("a smoke command", () => {
  test.each([
    ["ends well", ["-c", "echo said; exit 0"], undefined],
    ["ends with a code", ["-c", "exit 3"], "-c exit 3 ended with exit code 3"],
    ["crashes", ["-c", "kill -SEGV $$"], "-c kill -SEGV $$ ended with SIGSEGV"],
  ])("that %s", async (_, args, reason) => {
    expect(await runSmoke("/bin/sh", args, undefined)).toBe(reason);
  });

  test.each([
    ["is no program", "no program"],
    ["wants an interpreter that is not there", "#!/nonexistent\n"],
  ])("of a file that %s has failed", async (_, content) => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "program");
    await writeFile(path, content, { mode: 0o644 });
    expect(await runSmoke(path, [], undefined)).toMatch(/spawn .* E/);
  });

  test("that the system has no room for says nothing about the program", async () => {
    await expect(runSmoke("/bin/sh", ["-c", "exit 3", TOO_LONG], undefined)).rejects.toMatchObject({
      code: "temporary",
      message: expect.stringContaining("E2BIG"),
    });
  });
});
