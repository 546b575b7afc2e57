import { describe, expect, test } from "vitest";
import { type AccessMemory, openAccessMemory } from "../../../src/registry/accessMemory.ts";
import { openRegistry } from "../../../src/registry/client.ts";
import type { Credential } from "../../../src/registry/credential.ts";
import { json, startScriptedServer } from "../../support/scriptedServer.ts";

const LOGIN: Credential = { kind: "basic", username: "me", password: "geheim" };
const START = 1_000_000_000_000;

interface Process {
  readonly credential?: Credential;
  readonly now?: number;
}

/** A registry whose tags are for tokens, its token service, and a computer that asks it now and then. */
async function openGuarded({ isPublic = true } = {}) {
  let accepted = "nobody's";
  let given = 0;
  let broken = false;
  const tokens = await startScriptedServer(({ headers }) => {
    if (broken) return { status: 404 };
    if (!isPublic && headers.authorization === undefined) return { status: 401 };
    given += 1;
    accepted = `token-${given}`;
    return json({ token: accepted, expires_in: 300 });
  });
  const registry = await startScriptedServer(({ headers }) =>
    headers.authorization === `Bearer ${accepted}` || accepted === "everybody"
      ? json({ tags: ["1.0.0"] })
      : {
          status: 401,
          headers: { "www-authenticate": `Bearer realm="http://${tokens.address}/token",service="registry"` },
        },
  );
  let kept = "[]";
  return {
    /** What is written down. */
    kept: () => kept,
    setAccepted: (token: string) => (accepted = token),
    breakTokens: () => (broken = true),
    /** Lists tags in a process of its own. @returns how often each of the two was asked. */
    async list({ credential, now = START }: Process = {}): Promise<{ registry: number; tokens: number }> {
      const memory: AccessMemory = openAccessMemory(JSON.parse(kept));
      const before = [registry.log.length, tokens.log.length] as const;
      await using client = openRegistry({
        userAgent: "test",
        memory,
        anonymousFirst: true,
        now: () => now,
        retries: { attempts: 1 },
        ...(credential === undefined ? {} : { credentials: async () => credential }),
      });
      const repository = client.repository({ host: registry.address, name: "example/app" });
      expect(await repository.tags()).toEqual(["1.0.0"]);
      kept = JSON.stringify(memory.write());
      return { registry: registry.log.length - before[0], tokens: tokens.log.length - before[1] };
    },
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await tokens[Symbol.asyncDispose]();
    },
  };
}

describe("the next process", () => {
  test("uses a stranger's token while it is good, and asks for another one without being refused first", async () => {
    await using guarded = await openGuarded();
    expect(await guarded.list()).toEqual({ registry: 2, tokens: 1 });
    expect(await guarded.list({ now: START + 200_000 })).toEqual({ registry: 1, tokens: 0 });
    expect(await guarded.list({ now: START + 400_000 })).toEqual({ registry: 1, tokens: 1 });
    expect(await guarded.list({ now: START + 500_000 })).toEqual({ registry: 1, tokens: 0 });
  });

  test("goes where the login led in, with a new token: what was got with a login is not written down", async () => {
    await using guarded = await openGuarded({ isPublic: false });
    expect(await guarded.list({ credential: LOGIN })).toEqual({ registry: 2, tokens: 2 });
    expect(guarded.kept()).toContain('"mode":"credentials"');
    expect(guarded.kept()).not.toMatch(/token-|geheim/);
    expect(await guarded.list({ credential: LOGIN })).toEqual({ registry: 1, tokens: 1 });
  });

  test("is refused a token that was taken back, and gets another one", async () => {
    await using guarded = await openGuarded();
    await guarded.list();
    guarded.setAccepted("another's");
    expect(await guarded.list()).toEqual({ registry: 2, tokens: 1 });
    expect(await guarded.list()).toEqual({ registry: 1, tokens: 0 });
  });

  test("is let in where nobody asks for tokens any more, though the token service is gone", async () => {
    await using guarded = await openGuarded();
    await guarded.list();
    guarded.setAccepted("everybody");
    guarded.breakTokens();
    const later = START + 400_000;
    expect(await guarded.list({ now: later })).toEqual({ registry: 1, tokens: 1 });
    expect(await guarded.list({ now: later })).toEqual({ registry: 1, tokens: 0 });
  });
});

const WAY = { place: "https://registry.example repository:app:pull", mode: "anonymous", challenge: "Basic" } as const;
const TOKEN = { value: "abc", expiresAt: START };

describe("what was written down", () => {
  test.each<[string, unknown, unknown]>([
    ["a way with a token", [{ ...WAY, token: TOKEN }], [{ ...WAY, token: TOKEN }]],
    ["a way without", [WAY], [WAY]],
    ["nothing", undefined, []],
    ["something else", { 0: WAY }, []],
    ["entries that are none", [null, 1, "x", {}, { ...WAY, mode: "other" }, { ...WAY, challenge: 1 }], []],
    ["a token that no header can carry", [{ ...WAY, token: { ...TOKEN, value: "a\r\nb" } }], [WAY]],
    ["a token without an end", [{ ...WAY, token: { value: "abc" } }], [WAY]],
    ["a token of a login", [{ ...WAY, mode: "credentials", token: TOKEN }], [{ ...WAY, mode: "credentials" }]],
    ["a challenge without end", [{ ...WAY, challenge: "x".repeat(10_000) }], []],
  ])("is read as far as it makes sense: %s", (_, value, expected) => {
    expect(openAccessMemory(value).write()).toEqual(expected);
  });

  test("is about the places that were asked last", () => {
    const memory = openAccessMemory([]);
    const places = Array.from({ length: 20 }, (_, number) => `place ${number}`);
    for (const place of [...places, "place 0"]) memory.keepWay(place, WAY);
    expect(memory.write().map(({ place }) => place)).toEqual([...places.slice(13), "place 0"]);
    expect(openAccessMemory(memory.write()).write()).toEqual(memory.write());
  });
});
