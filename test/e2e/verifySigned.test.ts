import { describe, expect, test } from "vitest";
import { json, makeStranger, openPublisher, publishSigned, putIndex, readInstaller } from "../support/publisher.ts";
import { expectSuccess, openSandbox, type Sandbox } from "../support/sandbox.ts";

const verify = async (sandbox: Sandbox, ...args: string[]) =>
  await sandbox.slipway(["verify", `${sandbox.repository}:1.0.0`, ...args]);

describe("slipway verify", () => {
  test("takes the keys that are named, each of which has to have signed", async () => {
    await using sandbox = await openPublisher();
    await makeStranger(sandbox);
    await publishSigned(sandbox, "1.0.0", "echo one");
    const { keys } = (await json(verify(sandbox, "--key", "slipway.pub", "--json")))["signature"] as { keys: string[] };
    expect(keys).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(await verify(sandbox, "--key", "stranger.pub")).toMatchObject({ exitCode: 65 });
    expect(await verify(sandbox, "--key", "slipway.pub", "--key", "stranger.pub")).toMatchObject({ exitCode: 65 });
    expectSuccess(await verify(sandbox, "--key", "slipway.pub", "--key", "./slipway.pub"));
    expect(await verify(sandbox, "--key", "slipway.key")).toMatchObject({
      exitCode: 78,
      stderr: expect.stringContaining("this is a private key, not a public one"),
    });
  });

  test("tells an old release under a new tag, and another program under an old one", async () => {
    await using sandbox = await openPublisher();
    await publishSigned(sandbox, "1.0.0", "echo one");
    await putIndex(sandbox.repository, { from: "1.0.0", to: "2.0.0" });
    const moved = await sandbox.slipway(["verify", `${sandbox.repository}:2.0.0`]);
    expect(moved).toMatchObject({
      exitCode: 65,
      stderr: expect.stringContaining("signed as version 1.0.0, not as 2.0.0"),
    });
    await sandbox.publish("3.0.0", "echo evil");
    const { manifests } = await json(sandbox.slipway(["manifest", `${sandbox.repository}:3.0.0`]));
    await putIndex(sandbox.repository, { from: "1.0.0", to: "1.0.0", change: (index) => ({ ...index, manifests }) });
    const tampered = await verify(sandbox);
    expect(tampered).toMatchObject({ exitCode: 65, stdout: expect.stringContaining("NOT SIGNED: ") });
    expect(tampered.stderr).toContain("its manifests (linux/");
  });

  test("says that it looks at no signature where nobody is trusted", async () => {
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", "echo one");
    const done = await verify(sandbox);
    expect(done).toMatchObject({ exitCode: 0, stderr: "", stdout: expect.stringContaining("signature not looked at") });
    expect(done.stdout).not.toContain("signed by");
    expect(await json(verify(sandbox, "--json"))).toMatchObject({ signature: { checked: false } });
    expect(await readInstaller(sandbox).catch(() => "none")).toBe("none");
  });

  test("judges a layout on this computer as it does a registry", async () => {
    await using sandbox = await openPublisher();
    await publishSigned(sandbox, "1.0.0", "echo one");
    expectSuccess(await sandbox.slipway(["copy", `${sandbox.repository}:1.0.0`, "oci:layout:1.0.0"]));
    const signed = await sandbox.slipway(["verify", "oci:layout:1.0.0", "--key", "slipway.pub"]);
    expect(signed).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("as com.example.app 1.0.0") });
    await makeStranger(sandbox);
    expect(await sandbox.slipway(["verify", "oci:layout:1.0.0", "--key", "stranger.pub"])).toMatchObject({
      exitCode: 65,
    });
  });
});
