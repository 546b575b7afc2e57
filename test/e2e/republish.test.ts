import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openAttacked } from "../support/attacker.ts";
import { digestOf, json } from "../support/publisher.ts";
import { expectSuccess } from "../support/sandbox.ts";

const BEHIND = "the channel stable still names the release as it was before: slipway promote 1.1.0 --channel stable";

test("a channel that names a release as it was before is told of, and brought up to date with one command", async () => {
  await using publisher = await openAttacked();
  const { sandbox } = publisher;
  const run = async (args: readonly string[], key = "slipway.key") => {
    const done = await sandbox.slipway([...args, "--key", key]);
    expectSuccess(done);
    return done;
  };
  const push = async (word: string, args: readonly string[] = []) => {
    await writeFile(join(sandbox.directory, "app"), `#!/bin/sh\necho ${word}\n`, { mode: 0o755 });
    const done = await sandbox.slipway([
      "push",
      "1.1.0",
      `linux/${process.arch === "arm64" ? "arm64" : "amd64"}=app`,
      "--sign-key",
      "slipway.key",
      "--no-check",
      ...args,
    ]);
    expectSuccess(done);
    return done;
  };
  await publisher.publish("1.0.0", "one");
  await publisher.signed(["promote", "1.0.0"]);
  expect((await push("two")).stderr).toBe("");
  await publisher.signed(["promote", "1.1.0", "--rollout", "10%", "--critical"]);
  expect((await push("two")).stderr).toBe("");

  expect((await push("three", ["--force"])).stderr).toContain(`${BEHIND} --key FILE\n`);
  const promoted = await run(["promote", "1.1.0", "--channel", "stable", "--json"]);
  const release = { version: "1.1.0", rollout: 10, critical: true };
  expect(JSON.parse(promoted.stdout)).toMatchObject({
    releases: [{ ...release, digest: await digestOf(sandbox, `${sandbox.repository}:1.1.0`) }, {}],
  });
  expect(promoted.stderr).toContain("still for 10 %: 1.1.0. For all: slipway rollout stable 100% 1.1.0");

  // Another signature changes the digest too.
  await publisher.signed(["rotate", "--keep-old", "--no-passphrase"]);
  expect((await run(["sign", "1.1.0"], "slipway-1.key")).stderr).toContain(`${BEHIND} --key FILE\n`);
  await run(["promote", "1.1.0"]);
  expect((await run(["sign", "1.1.0"], "slipway-1.key")).stderr).toBe("");

  const rotate = ["rotate", "--drop-old", "--no-passphrase", "--out", "fresh"];
  await run(rotate, "slipway-recovery.key");
  expect((await run(["sign", "1.1.0"], "fresh.key")).stderr).toContain(`${BEHIND} --anew --key FILE\n`);
  const anew = ["promote", "1.1.0", "--channel", "stable", "--anew", "--json", "--key", "fresh.key"];
  expect(await json(sandbox.slipway(anew))).toMatchObject({ releases: [{ version: "1.1.0", rollout: 10 }] });
});
