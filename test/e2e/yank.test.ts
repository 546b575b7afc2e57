import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Attacked, openAttacked } from "../support/attacker.ts";

let publisher: Attacked;

beforeAll(async () => {
  publisher = await openAttacked();
  await publisher.publish("1.0.0", "one");
  await publisher.publish("1.1.0", "two");
  for (const channel of ["stable", "beta"]) await publisher.signed(["promote", "1.1.0", "--channel", channel]);
});

afterAll(async () => {
  await publisher[Symbol.asyncDispose]();
});

const slipway = async (...args: readonly string[]) =>
  await publisher.sandbox.slipway([...args, "--key", "slipway.key"]);

async function yankedIn(channel: string): Promise<unknown> {
  const { stdout } = await publisher.sandbox.slipway(["channel", "show", channel, "--json"]);
  const [{ document }] = JSON.parse(stdout) as [{ document: { yanked: { version: string }[] } }];
  return document.yanked.map(({ version }) => version);
}

describe("where the document of one channel cannot be believed", () => {
  beforeAll(async () => {
    await publisher.registry.tag(await publisher.registry.resolve("1.0.0"), "channel-broken");
    // Nobody can follow a channel of this name.
    await publisher.registry.tag(await publisher.registry.resolve("1.0.0"), "channel-Not_One");
  });

  afterAll(async () => {
    await publisher.registry.delete("channel-broken");
  });

  test("a version is taken back in all others, which does not look like everywhere", async () => {
    await publisher.startSaying("two");
    const run = await slipway("yank", "1.1.0", "--reason", "it loses unsaved work");
    expect(run.exitCode).toBe(65);
    expect(run.stdout).toMatch(/^beta: number 2[^]*stable: number 2/);
    expect(run.stderr).toContain("warning: the channel broken is passed over: channel-broken holds no application/");
    expect(run.stderr).toContain("slipway promote VERSION --channel broken --anew");
    expect(run.stderr).toContain("1.1.0 was yanked in beta, stable, and not in broken");
    expect(run.stderr).not.toContain("Not_One");
    expect((await publisher.start()).said).toBe("one");
  });

  test("the others are shown", async () => {
    const run = await publisher.sandbox.slipway(["channel", "show"]);
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toMatch(/^beta: number 2[^]*stable: number 2/);
    expect(run.stderr).toContain("warning: the channel broken is passed over: ");
  });

  test("that channel alone is an error", async () => {
    expect(await publisher.sandbox.slipway(["channel", "show", "broken"])).toMatchObject({ exitCode: 65, stdout: "" });
    const run = await slipway("yank", "1.1.0", "--channel", "broken", "--reason", "no");
    expect(run).toMatchObject({ exitCode: 65, stdout: "" });
  });
});

describe("a version that was taken back", () => {
  test("is offered again where it was, which need not be everywhere", async () => {
    await publisher.signed(["yank", "1.1.0", "--undo", "--channel", "beta"]);
    const named = await slipway("yank", "1.1.0", "--undo", "--channel", "beta");
    expect(named).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("not yanked in the channel beta") });
    await publisher.signed(["yank", "1.1.0", "--undo"]);
    expect(await yankedIn("stable")).toEqual([]);
    const nowhere = await slipway("yank", "1.1.0", "--undo");
    expect(nowhere).toMatchObject({
      exitCode: 2,
      stdout: "",
      stderr: expect.stringContaining("channels beta, stable"),
    });
  });
});

test("where no channel has a document that can be believed, nothing is done and nothing shown", async () => {
  const before = await publisher.snapshot();
  for (const channel of ["stable", "beta"])
    await publisher.registry.tag(await publisher.registry.resolve("1.0.0"), `channel-${channel}`);
  const run = await slipway("yank", "1.1.0", "--reason", "no");
  expect(run).toMatchObject({ exitCode: 65, stdout: "" });
  expect(run.stderr).toContain("1.1.0 was yanked nowhere, and not in beta, stable");
  expect(await publisher.sandbox.slipway(["channel", "show"])).toMatchObject({ exitCode: 65, stdout: "" });
  await publisher.restore(before);
});

describe("a version that there is not", () => {
  const yank = async (...args: string[]) => await slipway("yank", ...args, "--reason", "it loses unsaved work");

  test("is taken for a typo, which would leave the release that was meant on offer", async () => {
    const run = await yank("1.1.1");
    expect(run).toMatchObject({ exitCode: 66, stdout: "" });
    expect(run.stderr).toContain("there is no version 1.1.1\n\nDid you mean 1.1.0?");
    expect((await yank("27.0.0-rc.4")).stderr).toContain("The newest are 1.1.0, 1.0.0.");
    expect(await yankedIn("stable")).toEqual([]);
  });

  test("is taken back where a document names it, or the publisher says that it is deleted", async () => {
    await publisher.publish("1.2.0", "three");
    await publisher.signed(["promote", "1.2.0", "--channel", "beta"]);
    await publisher.registry.delete("1.2.0");
    expect((await yank("1.2.0")).exitCode).toBe(0);
    expect((await yank("1.2.9", "--deleted")).exitCode).toBe(0);
    // Once it is in a document it is known.
    expect((await yank("1.2.9")).exitCode).toBe(0);
    expect(await yankedIn("stable")).toEqual(["1.2.9", "1.2.0"]);
  });
});
