import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openRegistry, type RepositoryClient } from "../../src/registry/client.ts";
import { readProxySettings } from "../../src/registry/proxy.ts";
import { type Certificates, makeCertificates } from "../support/certificates.ts";
import { hasProgram } from "../support/peer.ts";
import { startReplay } from "../support/replay.ts";
import { temporaryDirectory } from "../support/temporary.ts";
import { parseTranscript } from "../support/transcript.ts";

const TAGS = "https://registry.example/v2/app/tags/list?n=1000";

describe.runIf(hasProgram("openssl"))("a replay", () => {
  let shared: Awaited<ReturnType<typeof temporaryDirectory>>;
  let certificates: Certificates;

  beforeAll(async () => {
    shared = await temporaryDirectory();
    certificates = makeCertificates(shared.path, ["registry.example"]);
  });
  afterAll(async () => await shared[Symbol.asyncDispose]());

  const listOnce = async (repository: RepositoryClient) => await repository.tags();
  const listTwice = async (repository: RepositoryClient) => [await repository.tags(), await repository.tags()];

  async function play(exchanges: string, act: (repository: RepositoryClient) => Promise<unknown>) {
    const transcript = parseTranscript(`# x\n# from: x\n$ slipway tags\nexit 0\n\n${exchanges}`);
    await using replay = await startReplay(transcript.exchanges, certificates);
    await using client = openRegistry({
      userAgent: "test",
      retries: { attempts: 1 },
      proxy: readProxySettings({}, replay.proxy),
      tls: { ca: () => [readFileSync(certificates.ca, "utf8")] },
      credentials: async () => ({ kind: "bearer", token: "secret" }),
    });
    const result = await act(client.repository({ host: "registry.example", name: "app" })).catch(() => "failed");
    return { result, problems: replay.problems() };
  }

  test("answers the same request one after the other, and has nothing to say when all came", async () => {
    const text = `> GET ${TAGS}\n< 200\n<\n< {"tags":["1"]}\n> GET ${TAGS}\n< 200\n<\n< {"tags":["2"]}\n`;
    const done = await play(text, listTwice);
    expect(done).toEqual({ result: [["1"], ["2"]], problems: [] });
  });

  test.each([
    ["a request that is not there", "?> GET https://registry.example/\n< 200"],
    ["a request by another method", `?> HEAD ${TAGS}\n< 200`],
    ["a request to another host", "?> GET https://other.example/v2/app/tags/list?n=1000\n< 200"],
    ["a request with another query", "?> GET https://registry.example/v2/app/tags/list\n< 200"],
    ["a request without a header", `?> GET ${TAGS}\n> authorization: Bearer\n< 200`],
    ["a request with a header too many", `?> GET ${TAGS}\n> accept: -\n< 200`],
    ["a request without a body", `?> GET ${TAGS}\n>\n> text\n< 200`],
  ])("names %s", async (_, text) => {
    expect((await play(text, listOnce)).problems).toEqual([
      expect.stringMatching(/^not in the transcript: GET https:\/\/registry\.example\/v2\/app\/tags\/list\?n=1000 /),
    ]);
  });

  test("names a request that never came, unless it need not come", async () => {
    const text = `> GET ${TAGS}\n< 200\n<\n< {"tags":["1"]}\n?> PUT ${TAGS}\n< 200\n> HEAD ${TAGS}\n< 200\n*> POST ${TAGS}\n< 200`;
    expect((await play(text, listOnce)).problems).toEqual([`never asked: HEAD ${TAGS}`, `never asked: POST ${TAGS}`]);
  });

  test("names a request that comes again", async () => {
    const text = `> GET ${TAGS}\n< 200\n<\n< {"tags":["1"]}\n`;
    const done = await play(text, listTwice);
    expect(done.problems).toEqual([expect.stringContaining("not in the transcript: GET")]);
  });

  test("takes what may come often as often as it comes, and some paths by their beginning", async () => {
    const text = `*> GET https://registry.example/v2/*?n=1000\n< 200\n<\n< {"tags":["1"]}\n`;
    const done = await play(text, listTwice);
    expect(done).toEqual({ result: [["1"], ["1"]], problems: [] });
  });
});
