import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runSigningCommand } from "../../../src/packaging/sign.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

const options = { platform: process.platform, env: process.env };

test.each(["app.exe", "a b.exe", "it's $HOME `x`.exe", 'say "hi".exe', "ä;rm.exe"])(
  "a signing command gets %s as one path",
  async (name) => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, name);
    await writeFile(file, "unsigned");
    await runSigningCommand('printf "%s" "$SLIPWAY_FILE" > {file}', file, options);
    expect(await readFile(file, "utf8")).toBe(file);
  },
);

test("a signing command that fails ends the build, and repeats no password that is in it", async () => {
  await expect(runSigningCommand("exit 4 # -pass hunter2 {file}", "/x/app.exe", options)).rejects.toThrow(
    expect.objectContaining({
      message: "/x/app.exe could not be signed: it ended with exit code 4",
      hint: expect.not.stringContaining("hunter2"),
    }),
  );
});
