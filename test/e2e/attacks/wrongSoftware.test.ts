import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Attacked, openAttacked } from "../../support/attacker.ts";
import { expectSuccess } from "../../support/sandbox.ts";

let attacked: Attacked;

beforeAll(async () => {
  attacked = await openAttacked();
  await attacked.publish("1.0.0", "one");
  await attacked.startSaying("one");
});

afterAll(async () => {
  await attacked[Symbol.asyncDispose]();
});

// TUF specification 1.5.1 "wrong software installation": signed by the same publisher, and not what was asked for.
describe("another program of the same publisher", () => {
  test("is not installed in the place of this one", async () => {
    const { sandbox } = attacked;
    await sandbox.publish("9.0.0", "echo OTHER");
    const sign = ["sign", `${sandbox.repository}:9.0.0`, "--key", "../slipway.key", "--id", "com.example.other"];
    expectSuccess(await sandbox.slipway(sign, { cwd: sandbox.home }));
    const start = await attacked.start();
    expect(start.said).not.toBe("OTHER");
    expect(start.exitCode).toBe(0);
    expect(
      attacked.logged("left-out").some(({ reason }) => String(reason).includes("a release of com.example.other")),
    ).toBe(true);
  });

  test("nor is a launcher taken for the program", async () => {
    await attacked.signed(["sign", "1.0.0"]);
    const { sandbox } = attacked;
    await sandbox.publish("9.1.0", "echo LAUNCHER");
    await attacked.registry.tag(await attacked.registry.resolve("9.1.0"), "launcher-9.1.0");
    await attacked.signed(["sign", "launcher-9.1.0"]);
    await attacked.registry.tag(await attacked.registry.resolve("launcher-9.1.0"), "9.1.0");
    expect((await attacked.start()).said).not.toBe("LAUNCHER");
    expect(
      attacked.logged("left-out").some(({ reason }) => String(reason).includes("it is the launcher, not the program")),
    ).toBe(true);
  });
});
