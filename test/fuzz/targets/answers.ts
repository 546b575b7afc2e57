import { ok } from "node:assert/strict";
import type { RepositoryContext } from "../../../src/registry/context.ts";
import type { HttpRequest, HttpResponse } from "../../../src/registry/exchange.ts";
import { parseChallenges } from "../../../src/registry/challenge.ts";
import { listRepositories } from "../../../src/registry/catalog.ts";
import { parseHelperAnswer } from "../../../src/registry/credentialHelper.ts";
import { getManifest, resolveManifest } from "../../../src/registry/manifests.ts";
import { listReferrers } from "../../../src/registry/referrers.ts";
import { RegistryError } from "../../../src/registry/registryError.ts";
import { errorOf, type Requester } from "../../../src/registry/requester.ts";
import { openLanes } from "../../../src/registry/ranges/lanes.ts";
import { openRetries } from "../../../src/registry/retry.ts";
import { listTags } from "../../../src/registry/tags.ts";
import { fetchToken } from "../../../src/registry/token.ts";
import type { Transport } from "../../../src/registry/transport.ts";
import { parseManifest } from "../../../src/oci/manifest.ts";
import { digestOf } from "../../../src/oci/digest.ts";
import { contentOf } from "../../../src/oci/storage.ts";
import { politely, type Target, target, textOf } from "../target.ts";
import { IMAGE, INDEX, SCHEMA1 } from "./samples.ts";

const ORIGIN = { protocol: "https:", host: "registry.example" } as const;
const NOW = Date.UTC(2026, 0, 2);
const MAX_PAUSE_MS = 10_000;

/** `STATUS\nname: value\n...\n\nbody`, as a target's bytes stand for an answer. */
function answerOf(bytes: Uint8Array, { method, url }: HttpRequest): HttpResponse {
  const end = Buffer.from(bytes).indexOf("\n\n");
  const [status = "", ...lines] = textOf(bytes.subarray(0, end === -1 ? bytes.byteLength : end)).split("\n");
  const body = end === -1 ? new Uint8Array() : bytes.subarray(end + 2);
  const headers = new Map(lines.map((line) => line.split(/: ?(.*)/s, 2) as [string, string]));
  const limited = (limit: number): Uint8Array => {
    if (body.byteLength > limit) throw new RegistryError("bad-data", "too long", { method, url });
    return body;
  };
  return {
    status: Math.min(599, Math.max(200, Math.trunc(Number(status)) || 200)),
    url,
    header: (name) => headers.get(name),
    body: contentOf(body)(0),
    bytes: async (limit) => limited(limit),
    text: async (limit, { cut = false } = {}) => textOf(cut ? body.subarray(0, limit) : limited(limit)),
    discard: async () => undefined,
  };
}

function contextOf(bytes: Uint8Array): RepositoryContext {
  const requester: Requester = {
    send: async (request) => answerOf(bytes, request),
    async expect(request, statuses) {
      const response = answerOf(bytes, request);
      if (statuses.includes(response.status)) return response;
      throw await errorOf(request.method, response);
    },
  };
  return {
    repository: { host: ORIGIN.host, name: "a/b" },
    origin: ORIGIN,
    requester,
    retries: retries(),
    clock: () => 0,
    lanes: openLanes(),
    pieced: new Set(),
  };
}

function retries() {
  return openRetries({
    now: () => NOW,
    random: () => 0.5,
    sleep: async (ms) => ok(ms >= 0 && ms <= MAX_PAUSE_MS),
  });
}

const JSON_TYPE = "content-type: application/json";

/** Whole answers of registries, of their token services, and of credential helpers. */
export const answers: readonly Target[] = [
  target(
    "list-answer",
    [
      `200\n${JSON_TYPE}\nlink: </v2/a/b/tags/list?last=1.0&n=2>; rel="next"\n\n{"name":"a/b","tags":["1.0","latest"]}`,
      `200\n${JSON_TYPE}\n\n{"repositories":["a/b",1,null]}`,
      `200\n${JSON_TYPE}\n\n{"tags":null}`,
      "200\ncontent-type: text/html\n\n<html>",
      '404\n\n{"errors":[{"code":"NAME_UNKNOWN","message":"no"}]}',
      "429\nretry-after: 5\nratelimit-limit: 100;w=21600\n\n",
    ],
    async (bytes) => {
      const context = contextOf(bytes);
      for (const tag of (await politely(() => listTags(context))) ?? []) ok(/^[\w][\w.-]{0,127}$/.test(tag));
      await politely(() => listRepositories(context.requester, ORIGIN, undefined));
    },
  ),
  target(
    "manifest-answer",
    [
      `200\ncontent-type: application/vnd.oci.image.index.v1+json\n\n${JSON.stringify(INDEX)}`,
      `200\n${JSON_TYPE}\ndocker-content-digest: ${digestOf(Buffer.from("{}"))}\ncontent-length: 2\n\n{}`,
      `200\n${JSON_TYPE}\n\n${JSON.stringify(IMAGE)}`,
      `200\ncontent-type: application/vnd.docker.distribution.manifest.v1+prettyjws\n\n${SCHEMA1}`,
    ],
    async (bytes) => {
      const context = contextOf(bytes);
      const subject = digestOf(bytes);
      for (const reference of ["1.0", subject]) {
        const found = await politely(() => getManifest(context, reference));
        if (found !== undefined) await politely(async () => parseManifest(found.bytes, found.descriptor.mediaType));
        await politely(() => resolveManifest(context, reference));
      }
      await politely(() => listReferrers(context, subject, { artifactType: "application/x" }));
    },
  ),
  target(
    "token-answer",
    [
      '200\nwww-authenticate: Bearer realm="https://auth.example/token",service="s"\n\n{"token":"abc","expires_in":300}',
      '200\n\n{"access_token":"abc","issued_at":"2026-01-02T00:00:00Z","expires_in":1e308}',
      '401\n\n{"details":"incorrect username or password"}',
      "503\nretry-after: Fri, 02 Jan 2026 00:00:05 GMT\n\n",
    ],
    async (bytes) => {
      const again = retries();
      const send: Transport["send"] = async (request) => await again.run(request, async () => answerOf(bytes, request));
      const header = answerOf(bytes, { method: "GET", url: new URL("https://x/") }).header("www-authenticate");
      const [challenge = { scheme: "bearer", parameters: { realm: "https://auth.example/token" } }] = parseChallenges(
        header ?? "",
      );
      for (const kind of ["basic", "identity-token"] as const) {
        const token = await politely(() =>
          fetchToken(
            { send, [Symbol.asyncDispose]: async () => undefined },
            {
              challenge,
              origin: ORIGIN,
              scopes: ["repository:a/b:pull"],
              credential: kind === "basic" ? { kind, username: "u", password: "p" } : { kind, token: "t" },
              now: NOW,
            },
          ),
        );
        if (token !== undefined) ok(!/[\r\n]/.test(token.value) && token.expiresAt > 0);
      }
    },
  ),
  target(
    "helper-answer",
    [
      { ServerURL: "x", Username: "<token>", Secret: "y" },
      { Username: "a", Secret: "b" },
    ],
    (bytes) => {
      parseHelperAnswer(textOf(bytes));
    },
  ),
];
