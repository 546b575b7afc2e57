import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Fault, type FaultPlan, faultOn } from "../../../src/server/registry/faults.ts";
import { composeChannel } from "../../../src/trust/channelDocument.ts";
import { signEnvelope } from "../../../src/trust/dsse.ts";
import { type Attacked, openAttacked, SIGNATURE } from "../../support/attacker.ts";

// TUF specification 1.5.1 "endless data attack": answers without end, or as long as they may be. The program starts, in
// its time and within its memory, which the launcher's Node is given little of here.

const LIMITS = { SLIPWAY_NODE: "--max-old-space-size=96" };
const TAGS = /^GET .*\/tags\/list/;
const DOCUMENT = /^GET .*\/manifests\/channel-stable/;
const KEYS = /^GET .*\/manifests\/trust-/;

let attacked: Attacked;

beforeAll(async () => {
  attacked = await openAttacked({ settings: { update: { timeout: "3s" } } });
  await attacked.publish("1.0.0", "one");
  await attacked.signed(["promote", "1.0.0"]);
  await attacked.startSaying("one");
  await attacked.publish("1.1.0", "two");
  await attacked.signed(["promote", "1.1.0"]);
  await attacked.registry.tag(await attacked.registry.resolve("1.0.0"), "trust-1");
});

afterAll(async () => {
  await attacked[Symbol.asyncDispose]();
});

beforeEach(() => attacked.sandbox.setFaults(undefined));

const endless: Fault = { kind: "endless" };

describe("a start goes on with what it has where", () => {
  test.each<[what: string, plan: FaultPlan]>([
    ["the tags never end", faultOn(TAGS, endless)],
    ["the tags lead from one page to the next for ever", pagesWithoutEnd()],
    ["an index never ends", faultOn(/^GET .*\/manifests\/sha256:/, endless)],
    ["a channel's document never ends", faultOn(DOCUMENT, endless)],
    ["a statement about keys never ends", faultOn(KEYS, endless)],
    ["a document comes a byte at a time", faultOn(DOCUMENT, { kind: "trickle", ms: 1000, bytes: 1 })],
  ])("%s", async (_, plan) => {
    attacked.sandbox.setFaults(plan);
    const { stdout, exitCode } = await attacked.sandbox.launch([], { env: LIMITS });
    // What a start had no time for goes on behind it, and may have come to an end since.
    expect(stdout).toMatch(/^(one|two)\n$/);
    expect(exitCode).toBe(0);
  });
});

function pagesWithoutEnd(): FaultPlan {
  let page = 0;
  return ({ method, path }) => {
    if (!TAGS.test(`${method} ${path}`)) return undefined;
    page += 1;
    return {
      kind: "answer",
      headers: { link: `</v2/example/app/tags/list?last=${page}>; rel="next"`, "content-type": "application/json" },
      body: JSON.stringify({ name: "example/app", tags: [`0.0.${page}`] }),
    };
  };
}

describe("nothing that is larger than it may be is read", () => {
  test.each<[what: string, prepare: () => Promise<void>]>([
    ["a thousand statements about keys", async () => await manyKeys(1000)],
    [
      "an envelope of ten thousand signatures",
      async () => {
        const index = await attacked.index("1.1.0");
        const envelope = JSON.parse(index.annotations[SIGNATURE] ?? "") as { signatures: unknown[] };
        envelope.signatures = Array.from({ length: 10_000 }, () => envelope.signatures[0]);
        await attacked.putIndex("2.0.0", {
          ...index,
          annotations: { ...index.annotations, [SIGNATURE]: JSON.stringify(envelope) },
        });
      },
    ],
    [
      "a document of a megabyte, signed by a key that is trusted",
      async () => {
        const signer = await attacked.steal("slipway.key");
        const yanked = Array.from({ length: 2000 }, (_, number) => ({
          version: `0.0.${number}`,
          reason: "x".repeat(500),
        }));
        const document = { ...DOCUMENT_OF_NOTHING, yanked };
        await attacked.putDocument("channel-stable", signEnvelope(composeChannel(document), signer));
      },
    ],
  ])("%s", async (_, prepare) => {
    const before = await attacked.snapshot();
    await prepare();
    const { stdout, exitCode } = await attacked.sandbox.launch([], { env: LIMITS });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^(one|two)\n$/);
    await attacked.restore(before);
  });

  test("and an honest update arrives afterwards", async () => {
    expect((await attacked.start()).said).toBe("two");
  });
});

const DOCUMENT_OF_NOTHING = {
  id: "com.example.app",
  channel: "stable",
  sequence: 50,
  issued: new Date().toISOString(),
  releases: [],
};

async function manyKeys(count: number): Promise<void> {
  const any = await attacked.registry.resolve("1.0.0");
  for (let number = 2; number < count; number += 1) await attacked.registry.tag(any, `trust-${number}`);
}
