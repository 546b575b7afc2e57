import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { RELEASE_STATEMENT } from "../../../src/trust/releaseStatement.ts";
import { type Attacked, openAttacked, SIGNATURE } from "../../support/attacker.ts";
import { expectSuccess } from "../../support/sandbox.ts";

// TUF specification 1.5.1 "arbitrary software installation": the attacker can write anything to the registry, and has
// no key. After each attack the person's program runs, and an honest release still arrives.

let attacked: Attacked;
let before: ReadonlyMap<string, Awaited<ReturnType<Attacked["registry"]["resolve"]>>>;

beforeAll(async () => {
  attacked = await openAttacked();
  await attacked.publish("1.0.0", "honest");
  before = await attacked.snapshot();
});

afterAll(async () => {
  await attacked[Symbol.asyncDispose]();
});

/** A release of the attacker's own, which nobody has signed. */
async function publishEvil(): Promise<void> {
  await attacked.sandbox.publish("9.9.9", "echo EVIL", undefined, ["--force"]);
}

async function evilIndex() {
  await publishEvil();
  return await attacked.index("9.9.9");
}

describe("what no trusted key has signed is not run", () => {
  beforeEach(async () => {
    await attacked.restore(before);
    await attacked.startSaying("honest");
  });

  test.each<[what: string, attack: () => Promise<void>, why: RegExp]>([
    ["a release that nobody signed", publishEvil, /not signed/],
    [
      "a release that a key of the attacker's own has signed",
      async () => {
        const { sandbox } = attacked;
        await publishEvil();
        // In a folder without the publisher's installer.json.
        const elsewhere = { cwd: sandbox.home };
        expectSuccess(await sandbox.slipway(["keygen", "--no-passphrase", "--out", "thief"], elsewhere));
        const sign = ["sign", `${sandbox.repository}:9.9.9`, "--key", "thief.key", "--id", "com.example.app"];
        expectSuccess(await sandbox.slipway(sign, elsewhere));
      },
      /not signed by a key that is trusted/,
    ],
    [
      "a release with the signature of another one",
      async () => {
        const index = await evilIndex();
        const { annotations } = await attacked.index("1.0.0");
        await attacked.putIndex("9.9.9", {
          ...index,
          annotations: { ...index.annotations, [SIGNATURE]: annotations[SIGNATURE] },
        });
      },
      /signed as version 1\.0\.0, not as 9\.9\.9/,
    ],
    [
      "a statement that was changed after it was signed",
      async () => {
        const index = await evilIndex();
        const { annotations } = await attacked.index("1.0.0");
        const envelope = JSON.parse(annotations[SIGNATURE] ?? "") as { payload: string };
        const statement = JSON.parse(Buffer.from(envelope.payload, "base64").toString()) as object;
        const changed = { ...statement, version: "9.9.9", manifests: index.manifests };
        envelope.payload = Buffer.from(JSON.stringify(changed)).toString("base64");
        await attacked.putIndex("9.9.9", {
          ...index,
          annotations: { ...index.annotations, [SIGNATURE]: JSON.stringify(envelope) },
        });
      },
      /not signed by a key that is trusted/,
    ],
    [
      "a signature that is no envelope",
      async () => {
        const index = await evilIndex();
        await attacked.putIndex("9.9.9", { ...index, annotations: { ...index.annotations, [SIGNATURE]: "[[[[" } });
      },
      /not JSON/,
    ],
    [
      "a statement of another kind that a trusted key has signed",
      async () => {
        await attacked.signed(["promote", "1.0.0", "--channel", "other"]);
        const { bytes } = await attacked.registry.fetchManifest("channel-other");
        const [layer] = (JSON.parse(Buffer.from(bytes).toString()) as { layers: { data: string }[] }).layers;
        const envelope = Buffer.from(layer?.data ?? "", "base64").toString();
        const index = await evilIndex();
        await attacked.putIndex("9.9.9", { ...index, annotations: { ...index.annotations, [SIGNATURE]: envelope } });
      },
      new RegExp(`expected ${RELEASE_STATEMENT.replaceAll(/[.+]/g, String.raw`\$&`)}`),
    ],
    [
      "a single manifest, which no statement is about",
      async () => {
        const [child] = (await evilIndex()).manifests;
        await attacked.putManifest("9.9.9", await attacked.registry.fetchManifest(child?.digest ?? ""));
      },
      /not signed/,
    ],
  ])("%s", async (_, attack, why) => {
    await attack();

    const start = await attacked.start();
    expect(start).toMatchObject({ said: "honest", exitCode: 0 });
    expect(start.told).toBe("");
    expect(attacked.logged("left-out").at(-1)).toMatchObject({ version: "9.9.9", reason: expect.stringMatching(why) });
    const explained = await attacked.sandbox.launch(["--launcher", "explain"]);
    expect(explained.stdout).toMatch(why);
    const kept = await attacked.sandbox.launch(["--launcher", "versions"]);
    expect(kept.stdout).not.toContain("9.9.9");
  });
});

test("an honest release behind the attacker's arrives all the same", async () => {
  await publishEvil();
  await attacked.publish("1.0.1", "next");
  expect((await attacked.start()).said).toBe("next");
});

test("other bytes under the signed digest are not run", async () => {
  await attacked.publish("1.0.2", "next");
  attacked.sandbox.setFaults((request) =>
    request.method === "GET" && request.path.includes("/blobs/")
      ? { kind: "answer", status: 200, headers: {}, body: "#!/bin/sh\necho EVIL\n" }
      : undefined,
  );
  try {
    const start = await attacked.start();
    expect(start.said).not.toContain("EVIL");
    expect(start.exitCode).toBe(0);
  } finally {
    attacked.sandbox.setFaults(undefined);
  }
  expect((await attacked.start()).said).toBe("next");
});

test("an honest release behind a tag that leads nowhere arrives all the same", async () => {
  await publishEvil();
  await attacked.publish("1.0.3", "last");
  attacked.sandbox.setFaults(({ path }) =>
    path.endsWith("/manifests/9.9.9") ? { kind: "status", status: 404 } : undefined,
  );
  expect((await attacked.start()).said).toBe("last");
  expect(attacked.logged("left-out").at(-1)).toMatchObject({ version: "9.9.9" });
  attacked.sandbox.setFaults(undefined);
});
