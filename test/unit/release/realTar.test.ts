import { execFile } from "node:child_process";
import { chmod, link, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { temporaryDirectory } from "../../support/temporary.ts";
import { archiveLayer, type Tree, unpackLayers } from "./layers.ts";

const run = promisify(execFile);

const LONG = `${"long-".repeat(30)}name`;

test.each(["gnu", "pax", "ustar", "v7"])("an archive that tar wrote in the format %s is unpacked", async (format) => {
  await using directory = await temporaryDirectory();
  const root = join(directory.path, "root");
  await mkdir(join(root, "bin"), { recursive: true });
  await writeFile(join(root, "bin/app"), "program");
  await chmod(join(root, "bin/app"), 0o755);
  await link(join(root, "bin/app"), join(root, "bin/second"));
  await symlink("bin/app", join(root, "app"));
  const expected: Tree = {
    app: "-> bin/app",
    bin: "folder",
    "bin/app": "755 program",
    "bin/second": "755 program",
  };
  if (format === "gnu" || format === "pax") {
    await writeFile(join(root, LONG), "deep");
    await writeFile(join(root, "日本.txt"), "words");
    Object.assign(expected, { [LONG]: "644 deep", "日本.txt": "644 words" });
  }
  // The program comes first: a hard link follows what it is linked to.
  const { stdout } = await run("tar", ["-C", root, `--format=${format}`, "--sort=name", "-cf", "-", "."], {
    encoding: "buffer",
  });
  const { tree } = await unpackLayers([archiveLayer(stdout)], { entrypoint: "app" });
  expect(tree).toEqual(expected);
});

test("an archive that tar wrote with absolute names is refused", async () => {
  await using directory = await temporaryDirectory();
  await writeFile(join(directory.path, "app"), "program");
  const { stdout } = await run("tar", ["-P", "-cf", "-", join(directory.path, "app")], { encoding: "buffer" });
  await expect(unpackLayers([archiveLayer(stdout)])).rejects.toThrow("it is absolute");
});

test("an archive that tar wrote with climbing names is refused", async () => {
  await using directory = await temporaryDirectory();
  await mkdir(join(directory.path, "sub"));
  await writeFile(join(directory.path, "app"), "program");
  const options = ["-P", "-C", join(directory.path, "sub"), "-cf", "-", "../app"];
  const { stdout } = await run("tar", options, { encoding: "buffer" });
  await expect(unpackLayers([archiveLayer(stdout)])).rejects.toThrow('it holds ".."');
});
