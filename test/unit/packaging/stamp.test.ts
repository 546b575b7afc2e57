import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseInstaller } from "../../../src/config/installer.ts";
import {
  emptyPlaceholder,
  encodeConfiguration,
  findPlaceholder,
  PLACEHOLDER_BYTES,
  readStamp,
  stampLauncher,
} from "../../../src/packaging/stamp.ts";
import { temporaryDirectory } from "../../support/temporary.ts";

/** What the launcher reads of a stamped template literal. */
function readBack(stamped: Buffer): unknown {
  const literal = `<slipway:installer>${stamped.toString("latin1")}</slipway:installer>`;
  const text = runInNewContext(`String.raw\`${literal}\``) as string;
  return JSON.parse(text.slice(text.indexOf(">") + 1, text.lastIndexOf("<")).trim());
}

describe("a configuration", () => {
  test.each([
    { a: 'quote " backslash \\ backtick ` dollar ${x} newline \n' },
    { a: "Übung 日本 🚢" },
    { a: "</slipway:installer>" },
    {},
  ])("%j comes out as it went in", (value) => {
    const stamped = encodeConfiguration(value);
    expect(stamped.byteLength).toBe(PLACEHOLDER_BYTES);
    expect(readBack(stamped)).toEqual(value);
  });

  test("of any text comes out as it went in", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: "binary", maxLength: 20 }), fc.string({ unit: "binary", maxLength: 50 }), {
          maxKeys: 5,
        }),
        (value) => {
          expect(readBack(encodeConfiguration(value))).toEqual(JSON.parse(JSON.stringify(value)));
        },
      ),
    );
  });

  test("that is too long is refused with its length", () => {
    expect(() => encodeConfiguration({ a: "x".repeat(PLACEHOLDER_BYTES) })).toThrow(
      expect.objectContaining({ code: "config", message: expect.stringContaining(`of ${PLACEHOLDER_BYTES} bytes`) }),
    );
  });
});

const installer = parseInstaller(
  Buffer.from(JSON.stringify({ id: "com.example.app", name: "x", repository: "registry.example/app" })),
  "installer.json",
);

describe("a launcher", () => {
  const launcher = Buffer.from(`code;${emptyPlaceholder()};more code`);

  test("has one place for a configuration", () => {
    expect(findPlaceholder(launcher)).toBe("code;<slipway:installer>".length);
    for (const wrong of [
      Buffer.from("code"),
      Buffer.concat([launcher, launcher]),
      Buffer.from("<slipway:installer>short</slipway:installer>"),
    ]) {
      expect(() => findPlaceholder(wrong)).toThrow(expect.objectContaining({ code: "internal" }));
    }
  });

  test("is stamped in a copy of the same length, and the copy is executable", async () => {
    await using directory = await temporaryDirectory();
    const generic = join(directory.path, "generic");
    const target = join(directory.path, "new", "app");
    await writeFile(generic, launcher);
    await stampLauncher(generic, target, { installer, launcherVersion: "1.0.0" });
    expect((await readFile(generic)).equals(launcher)).toBe(true);
    const stamped = await readFile(target, "latin1");
    expect(stamped).toHaveLength(launcher.byteLength);
    expect(readStamp(Buffer.from(stamped, "latin1"))).toEqual({ installer, launcherVersion: "1.0.0", attached: {} });
    expect((await stat(target)).mode & 0o111).toBe(0o111);
  });

  test("carries files behind its own bytes, and knows where they are", async () => {
    await using directory = await temporaryDirectory();
    const [generic, target, release] = ["generic", "app", "release.tar"].map((name) => join(directory.path, name));
    await writeFile(generic!, launcher);
    await writeFile(release!, "a release");
    const icon = Buffer.from("an icon");
    await stampLauncher(generic!, target!, {
      installer,
      launcherVersion: "1.0.0",
      attach: { icon, release: release! },
    });
    const stamped = await readFile(target!);
    const { attached } = readStamp(stamped)!;
    const read = ({ offset, size }: { offset: number; size: number }): string =>
      stamped.toString("latin1", offset, offset + size);
    expect([read(attached.icon!), read(attached.release!)]).toEqual(["an icon", "a release"]);
  });

  test("that serves nobody yet has no stamp, and neither has another file", () => {
    expect(readStamp(launcher)).toBeUndefined();
    expect(readStamp(Buffer.from("a program"))).toBeUndefined();
  });

  test.each(["{", "1", "null", "{}", '{"installer":1}', '{"installer":{},"launcherVersion":"1.0.0"}'])(
    "that is damaged (%s) has no stamp",
    (text) => {
      const damaged = Buffer.from(launcher);
      damaged.write(text, findPlaceholder(damaged), "latin1");
      expect(readStamp(damaged)).toBeUndefined();
    },
  );
});
