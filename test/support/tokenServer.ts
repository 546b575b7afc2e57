import { createSign, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { makeSelfSigned } from "./certificates.ts";
import { temporaryDirectory } from "./temporary.ts";

export interface TokenServer extends AsyncDisposable {
  readonly realm: string;
  /** Path of the certificate that a registry checks tokens with. */
  readonly certificate: string;
  /** `METHOD scope [authorization]` of each question. */
  readonly questions: string[];
}

export interface TokenPolicy {
  readonly username: string;
  readonly password: string;
  /** Whether strangers may pull. */
  readonly public: boolean;
}

/** A token service as distribution's auth/token.md describes it: strangers may pull at most, the one user everything. */
export async function startTokenServer(policy: TokenPolicy): Promise<TokenServer> {
  const directory = await temporaryDirectory();
  const { certificate, key } = makeSelfSigned(directory.path, "/CN=test");
  const questions: string[] = [];
  const expected = `Basic ${Buffer.from(`${policy.username}:${policy.password}`).toString("base64")}`;

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://token.invalid");
    const scopes = url.searchParams.getAll("scope");
    const { authorization } = request.headers;
    questions.push(`${request.method} ${scopes.join(" ")}${authorization === undefined ? "" : " with login"}`);
    const known = authorization === expected;
    if ((authorization !== undefined && !known) || (!known && !policy.public)) {
      response
        .writeHead(401, { "content-type": "application/json" })
        .end('{"details":"incorrect username or password"}');
      return;
    }
    const access = scopes.map((scope) => grant(scope, known));
    const token = sign({ access, key: readFileSync(key), certificate: readFileSync(certificate) });
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ token, expires_in: 300 }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    realm: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    certificate,
    questions,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}

function grant(scope: string, known: boolean): { type: string; name: string; actions: string[] } {
  const [type = "", name = "", actions = ""] = scope.split(":");
  const asked = actions.split(",");
  return { type, name, actions: known ? asked : asked.filter((action) => action === "pull") };
}

function sign({ access, key, certificate }: { access: unknown; key: Buffer; certificate: Buffer }): string {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const chain = [new X509Certificate(certificate).raw.toString("base64")];
  const head = encode({ typ: "JWT", alg: "RS256", x5c: chain });
  const body = encode({
    iss: "test-issuer",
    sub: "",
    aud: "test-registry",
    exp: now + 300,
    nbf: now - 10,
    iat: now,
    jti: String(Math.random()),
    access,
  });
  const signature = createSign("RSA-SHA256").update(`${head}.${body}`).sign(key, "base64url");
  return `${head}.${body}.${signature}`;
}
