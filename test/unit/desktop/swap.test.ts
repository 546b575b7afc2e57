import { mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { freshBeside, restoreAside, swapAside, sweepAside } from "../../../src/desktop/swap.ts";
import { linkCommand, unlinkCommand } from "../../../src/desktop/linkCommand.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

const noGuard = async () => ({ [Symbol.asyncDispose]: async () => undefined });

describe("a swap", () => {
  test("puts the new one there, and what it moved aside is swept", async () => {
    await using directory = await temporaryDirectory();
    const home = join(directory.path, "App.app");
    for (const [path, text] of [
      [home, "old"],
      [freshBeside(home), "new"],
    ] as const) {
      mkdirSync(path);
      writeFileSync(join(path, "version"), text);
      if (path !== home) await swapAside(path, home, noGuard);
    }
    expect(readFileSync(join(home, "version"), "utf8")).toBe("new");
    expect(readdirSync(directory.path)).toHaveLength(2);
    await sweepAside(home);
    expect(readdirSync(directory.path)).toEqual(["App.app"]);
  });

  test("that fails half-way puts the old one back", async () => {
    await using directory = await temporaryDirectory();
    const home = join(directory.path, "app.exe");
    writeFileSync(home, "old");
    await expect(swapAside(join(directory.path, "missing"), home, noGuard)).rejects.toThrow("ENOENT");
    expect(readFileSync(home, "utf8")).toBe("old");
    expect(readdirSync(directory.path)).toEqual(["app.exe"]);
  });

  test("of a folder is watched by a guard for as long as the place may be empty", async () => {
    await using directory = await temporaryDirectory();
    const home = join(directory.path, "App.app");
    const fresh = freshBeside(home);
    for (const path of [home, fresh]) mkdirSync(path);
    const seen: string[] = [];
    const look = (): void => void seen.push(readdirSync(directory.path).join(" "));
    await swapAside(fresh, home, async () => {
      look();
      return { [Symbol.asyncDispose]: async () => look() };
    });
    expect(seen[0]).toMatch(/^\.App\.app\.\w+\.new App\.app$/);
    expect(seen[1]).toMatch(/^\.App\.app\.\w+\.old App\.app$/);
  });

  test("does not begin without its guard", async () => {
    await using directory = await temporaryDirectory();
    const home = join(directory.path, "App.app");
    const fresh = freshBeside(home);
    for (const path of [home, fresh]) mkdirSync(path);
    await expect(swapAside(fresh, home, async () => await Promise.reject(new Error("no guard")))).rejects.toThrow(
      "no guard",
    );
    expect(readdirSync(directory.path)).toContain("App.app");
  });

  test("that was cut short is put back where the place is empty", async () => {
    await using directory = await temporaryDirectory();
    const home = join(directory.path, "app.exe");
    for (const [name, text] of [
      [".app.exe.00000002.new", "half"],
      [".app.exe.00000003.old", "old"],
    ] as const)
      writeFileSync(join(directory.path, name), text);
    expect(await restoreAside(home)).toBe(true);
    expect(readFileSync(home, "utf8")).toBe("old");
    expect(await restoreAside(home)).toBe(false);
    await sweepAside(home);
    expect(readdirSync(directory.path)).toEqual(["app.exe"]);
  });

  test("is a move where there is nothing yet", async () => {
    await using directory = await temporaryDirectory();
    const home = join(directory.path, "app.exe");
    writeFileSync(freshBeside(home), "x");
    const [fresh] = readdirSync(directory.path);
    await swapAside(join(directory.path, fresh!), home, noGuard);
    expect(readdirSync(directory.path)).toEqual(["app.exe"]);
  });

  test("sweeps nothing that is not its own", async () => {
    await using directory = await temporaryDirectory();
    const names = [".other.exe.0a1b2c3d.old", ".app.exe.note.old", "app.exe", "app.exe.old"];
    for (const name of names) writeFileSync(join(directory.path, name), "");
    writeFileSync(join(directory.path, ".app.exe.0a1b2c3d.old"), "");
    await sweepAside(join(directory.path, "app.exe"));
    expect(readdirSync(directory.path).sort()).toEqual(names.sort());
  });
});

describe("a command", () => {
  test("is a link to the launcher, and taken away with it", async () => {
    await using directory = await temporaryDirectory();
    const [link, launcher] = [join(directory.path, "bin", "app"), join(directory.path, "launcher")];
    writeFileSync(launcher, "");
    await linkCommand(link, launcher);
    await linkCommand(link, launcher);
    expect(readlinkSync(link)).toBe(launcher);
    await unlinkCommand(link, launcher);
    expect(readdirSync(join(directory.path, "bin"))).toEqual([]);
  });

  test("takes the place of a link that leads nowhere, and of nothing else", async () => {
    await using directory = await temporaryDirectory();
    const [link, launcher, other] = ["app", "launcher", "other"].map((name) => join(directory.path, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(launcher, "");
    symlinkSync(join(directory.path, "gone"), link);
    await linkCommand(link, launcher);
    expect(readlinkSync(link)).toBe(launcher);
    writeFileSync(other, "theirs");
    await expect(linkCommand(other, launcher)).rejects.toThrow("belongs to another program");
    await unlinkCommand(other, launcher);
    expect(readFileSync(other, "utf8")).toBe("theirs");
  });
});
