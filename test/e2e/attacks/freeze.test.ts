import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { composeChannel } from "../../../src/trust/channelDocument.ts";
import { signEnvelope } from "../../../src/trust/dsse.ts";
import { type Attacked, openAttacked } from "../../support/attacker.ts";

// TUF specification 1.5.1 "freeze attack" (5.4.5, 5.6.6: expiration): the attacker serves what was right a while ago, so
// that nobody hears of what is newer. It cannot be prevented; it can be noticed, and it must not stop a program.

const HOUR = 3_600_000;
const CLOCK = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "support", "shiftedClock.cjs");

let attacked: Attacked;

beforeAll(async () => {
  attacked = await openAttacked();
  await attacked.publish("1.0.0", "one");
  await attacked.signed(["promote", "1.0.0", "--expires", "1h"]);
});

afterAll(async () => {
  await attacked[Symbol.asyncDispose]();
});

/** Starts the launcher on a computer whose clock is so many milliseconds ahead. */
async function startLater(ms: number) {
  const env = { SLIPWAY_NODE: `--require "${CLOCK}"`, SHIFT_CLOCK_MS: String(ms) };
  return await attacked.sandbox.launch([], { env });
}

describe("a document that has expired", () => {
  test("ends updates, is told once, and stops no program", async () => {
    expect((await attacked.start()).said).toBe("one");
    const frozen = await attacked.snapshot();
    await attacked.publish("1.1.0", "two");
    await attacked.signed(["promote", "1.1.0", "--expires", "30d"]);
    const now = await attacked.snapshot();
    // What the attacker shows from here on is signed, and says nothing of 1.1.0.
    await attacked.restore(frozen);

    const first = await startLater(2 * HOUR);
    expect(first).toMatchObject({ stdout: "one\n", exitCode: 0 });
    expect(first.stderr).toMatch(/app gets no updates for now: its publisher's list of versions expired on \d{4}-/);
    const second = await startLater(3 * HOUR);
    expect(second).toMatchObject({ stdout: "one\n", stderr: "", exitCode: 0 });
    expect(attacked.logged("channel-expired")).toHaveLength(2);
    const asked = await attacked.sandbox.launch(["--launcher", "update"], {
      env: { SLIPWAY_NODE: `--require "${CLOCK}"`, SHIFT_CLOCK_MS: String(2 * HOUR) },
    });
    expect(asked.stdout).toContain("list of versions expired");

    await attacked.restore(now);
    expect((await startLater(2 * HOUR)).stdout).toBe("two\n");
  });

  test("is not made good by a clock that is set back to before it was made", async () => {
    const signer = await attacked.steal("slipway.key");
    const { digest } = await attacked.registry.resolve("1.1.0");
    const before = await attacked.snapshot();
    // Expired at the moment of its own making: no clock of an honest computer is before that.
    const issued = new Date().toISOString();
    const document = {
      id: "com.example.app",
      channel: "stable",
      sequence: 99,
      issued,
      expires: issued,
      releases: [{ version: "1.1.0", digest, rollout: 100, critical: false }],
      yanked: [],
    };
    await attacked.putDocument("channel-stable", signEnvelope(composeChannel(document), signer));
    const start = await startLater(-48 * HOUR);
    expect(start).toMatchObject({ stdout: "two\n", exitCode: 0 });
    expect(start.stderr).toContain("gets no updates for now");
    await attacked.restore(before);
  });
});

test("a document that was there and is hidden is an error that the program does not suffer from", async () => {
  await attacked.sandbox.launch([], {});
  const now = await attacked.snapshot();
  await attacked.registry.delete("channel-stable");
  await attacked.publish("2.0.0", "three");

  expect(await attacked.start()).toMatchObject({ said: "two", told: "", exitCode: 0 });
  expect((await attacked.sandbox.launch(["--launcher", "explain"])).stdout).toContain(
    "has no document of the channel stable",
  );
  const update = await attacked.sandbox.launch(["--launcher", "update"]);
  expect(update).toMatchObject({ exitCode: 65 });
  await attacked.restore(now);
});

test("a first start takes what a document names that has expired: it was signed, and there is nothing else", async () => {
  await using fresh = await openAttacked();
  await fresh.publish("1.0.0", "one");
  await fresh.signed(["promote", "1.0.0", "--expires", "1h"]);
  const env = { SLIPWAY_NODE: `--require "${CLOCK}"`, SHIFT_CLOCK_MS: String(2 * HOUR) };
  expect(await fresh.sandbox.launch([], { env })).toMatchObject({ stdout: "one\n", exitCode: 0 });
});

describe('with "channel": "required"', () => {
  test("a first start without a document, or with one that has expired, installs nothing", async () => {
    await using strict = await openAttacked({ trust: { channel: "required" } });
    await strict.publish("1.0.0", "one");
    const first = await strict.start();
    expect(first).toMatchObject({ said: "", exitCode: 65 });
    expect(first.told).toContain("has no document of the channel stable");

    await strict.signed(["promote", "1.0.0", "--expires", "1h"]);
    const env = { SLIPWAY_NODE: `--require "${CLOCK}"`, SHIFT_CLOCK_MS: String(2 * HOUR) };
    const late = await strict.sandbox.launch([], { env });
    expect(late).toMatchObject({ stdout: "", exitCode: 65, stderr: expect.stringContaining("expired on") });
    expect((await strict.start()).said).toBe("one");
  });
});
