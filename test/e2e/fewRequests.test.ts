import { statSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openAttacked } from "../support/attacker.ts";
import { startCountingFront } from "../support/countingFront.ts";
import { hasProgram } from "../support/peer.ts";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";
import { startTokenServer, type TokenServer } from "../support/tokenServer.ts";

const LOGIN = { username: "me", password: "geheim" };
const TAGS = "/v2/example/app/tags/list?n=1000";

/** From now on the registry lets in who has a token. */
function guard(sandbox: Sandbox, { realm }: TokenServer): void {
  sandbox.setGuard(({ authorization }) =>
    authorization?.startsWith("Bearer ") === true ? undefined : `Bearer realm="${realm}",service="test-registry"`,
  );
}

/** Publishes as somebody whom nobody stops, then starts the program. @returns what the registry was asked. */
async function startWith(sandbox: Sandbox, tokens: TokenServer, version?: string): Promise<string[]> {
  sandbox.setGuard(undefined);
  if (version !== undefined) await sandbox.publish(version, `echo ${version}`);
  guard(sandbox, tokens);
  sandbox.requests.length = 0;
  tokens.questions.length = 0;
  expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stderr: "" });
  return sandbox.requests.map(({ path, status }) => `${status} ${path.replace(/sha256:.*/, "DIGEST")}`);
}

const CHECK = [`200 ${TAGS}`];
const update = (version: string): string[] => [
  ...CHECK,
  `200 /v2/example/app/manifests/${version}`,
  "200 /v2/example/app/manifests/DIGEST",
  "200 /v2/example/app/blobs/DIGEST",
];

describe.runIf(hasProgram("openssl"))("a registry that is for tokens", () => {
  test("refuses the first start once, and no later one: a check is one request, an update three more", async () => {
    await using tokens = await startTokenServer({ ...LOGIN, public: true });
    await using sandbox = await openSandbox();
    await sandbox.build();
    expect(await startWith(sandbox, tokens, "1.0.0")).toEqual([`401 ${TAGS}`, ...update("1.0.0")]);
    expect(tokens.questions).toEqual(["GET repository:example/app:pull"]);
    // What it keeps is for nobody else to read.
    expect(statSync(join(sandbox.data, "state.json")).mode & 0o777).toBe(0o600);
    expect(await startWith(sandbox, tokens)).toEqual(CHECK);
    expect(await startWith(sandbox, tokens, "1.1.0")).toEqual(update("1.1.0"));
    expect(tokens.questions).toEqual([]);
  });

  test("and for a login gives a new token at each start, and is asked once", async () => {
    await using tokens = await startTokenServer({ ...LOGIN, public: false });
    await using sandbox = await openSandbox();
    const auth = Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString("base64");
    const host = sandbox.repository.split("/", 1)[0] ?? "";
    await mkdir(join(sandbox.home, ".docker"));
    await writeFile(join(sandbox.home, ".docker", "config.json"), JSON.stringify({ auths: { [host]: { auth } } }));
    await sandbox.build();
    expect(await startWith(sandbox, tokens, "1.0.0")).toEqual([`401 ${TAGS}`, ...update("1.0.0")]);
    expect(tokens.questions).toHaveLength(2);
    expect(await startWith(sandbox, tokens)).toEqual(CHECK);
    expect(tokens.questions).toEqual(["GET repository:example/app:pull with login"]);
    expect(await startWith(sandbox, tokens, "1.1.0")).toEqual(update("1.1.0"));
  });

  test("is asked for tags and the channel's document side by side, and for no more", async () => {
    await using tokens = await startTokenServer({ ...LOGIN, public: true });
    await using publisher = await openAttacked();
    const { sandbox } = publisher;
    await publisher.publish("1.0.0", "one");
    await publisher.signed(["promote", "1.0.0", "--expires", "30d"]);
    await startWith(sandbox, tokens);
    expect((await startWith(sandbox, tokens)).sort()).toEqual([
      "200 /v2/example/app/manifests/channel-stable",
      ...CHECK,
    ]);
    expect(tokens.questions).toEqual([]);
  });
});

test("signatures cost no request of their own", async () => {
  await using publisher = await openAttacked();
  const { sandbox } = publisher;
  await publisher.publish("1.0.0", "one");
  await publisher.startSaying("one");
  await publisher.publish("1.1.0", "two");
  sandbox.requests.length = 0;
  await publisher.startSaying("two");
  expect(sandbox.requests).toHaveLength(4);
});

test("of a mirror that has all, and the repository, only the mirror is asked, and no more than it would be", async () => {
  await using sandbox = await openSandbox();
  await using mirror = await openSandbox();
  for (const place of [sandbox, mirror]) await place.publish("1.0.0", "echo one");
  await sandbox.build();
  const env = { SLIPWAY_MIRROR: mirror.repository };
  await sandbox.launch([], { env });
  for (const place of [sandbox, mirror]) {
    await place.publish("1.1.0", "echo two");
    place.requests.length = 0;
  }
  expect(await sandbox.launch([], { env })).toMatchObject({ stdout: "two\n" });
  expect(await sandbox.launch([], { env })).toMatchObject({ stdout: "two\n" });
  expect(sandbox.requests).toEqual([]);
  expect(mirror.requests).toHaveLength(4 + 1);
});

test("a whole update goes over one connection", async () => {
  await using sandbox = await openSandbox();
  await using front = await startCountingFront(sandbox.repository.split("/", 1)[0] ?? "");
  await sandbox.publish("1.0.0", "echo one");
  await sandbox.build({ repository: `${front.address}/example/app` });
  expect(await sandbox.launch()).toMatchObject({ exitCode: 0, stdout: "one\n" });
  expect(sandbox.requests.filter(({ method }) => method === "GET").length).toBeGreaterThanOrEqual(4);
  expect(front.connections()).toBe(1);
});
