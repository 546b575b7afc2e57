import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readProxySettings } from "../../../src/registry/proxy.ts";
import { openTransport, type Transport, type TransportOptions } from "../../../src/registry/transport.ts";
import { noise } from "../../support/bytes.ts";
import { type Certificates, makeCertificates } from "../../support/certificates.ts";
import { hasProgram } from "../../support/peer.ts";
import { startProxy } from "../../support/proxy.ts";
import { type Script, startScriptedServer } from "../../support/scriptedServer.ts";
import { temporaryDirectory } from "../../support/temporary.ts";
import { startTlsFront } from "../../support/tlsFront.ts";

const text = async (transport: Transport, url: string): Promise<string> =>
  await (await transport.send({ method: "GET", url: new URL(url) })).text(1000);

const open = (options: Partial<TransportOptions> = {}): Transport =>
  openTransport({ userAgent: "test", sleep: async () => undefined, retries: { attempts: 1 }, ...options });

const through = (proxy: string, options: Partial<TransportOptions> = {}): Transport =>
  open({ proxy: readProxySettings({}, proxy), ...options });

/** Takes connections, and says this to each. */
async function startMute(word?: string): Promise<AsyncDisposable & { readonly address: string }> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    if (word !== undefined) socket.once("data", () => socket.end(word));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

describe("plain http through a proxy", () => {
  test("is asked for by its whole address, with the login for the proxy and the host's own name", async () => {
    const seen: unknown[] = [];
    await using proxy = await startScriptedServer(({ url, headers }) => {
      seen.push([url, headers.host, headers["proxy-authorization"]]);
      return { body: "hello" };
    });
    await using transport = through(`http://me:50%off%40home@${proxy.address}`);
    expect(await text(transport, "http://registry.example:81/v2/?a=b")).toBe("hello");
    const login = `Basic ${Buffer.from("me:50%off%40home").toString("base64")}`;
    expect(seen).toEqual([["http://registry.example:81/v2/?a=b", "registry.example:81", login]]);
  });

  test("that wants a login says so, whatever page comes with it", async () => {
    await using proxy = await startScriptedServer(() => ({ status: 407, body: "<html>".repeat(50_000) }));
    await using transport = through(proxy.address);
    for (const _ of [1, 2]) {
      await expect(text(transport, "http://registry.example/")).rejects.toMatchObject({
        code: "not-allowed",
        status: 407,
        message: `the proxy ${proxy.address} (--proxy) wants a name and password`,
        hint: expect.stringContaining(`http://NAME:PASSWORD@${proxy.address}`),
      });
    }
  });

  test.each<[string, Script, string]>([
    [
      "headers without end",
      () => ({ headers: { long: "x".repeat(70_000) } }),
      "it sent more headers than are allowed here",
    ],
    ["no headers", () => () => undefined, "it did not answer in time"],
    ["a body that stops", () => (response) => void response.write("half"), "it did not answer in time"],
  ])("knows the limits of every connection: %s", async (_, script, message) => {
    await using proxy = await startScriptedServer(script);
    await using transport = through(proxy.address, { timeouts: { headers: 50, idle: 50 } });
    await expect(text(transport, "http://registry.example/")).rejects.toMatchObject({
      code: "unavailable",
      message: `cannot reach registry.example: ${message}`,
    });
  });

  test("takes headers that are long, but not too long", async () => {
    await using proxy = await startScriptedServer(() => ({ headers: { long: "x".repeat(30_000) }, body: "hello" }));
    await using transport = through(proxy.address);
    expect(await text(transport, "http://registry.example/")).toBe("hello");
  });
});

describe("a proxy", () => {
  test.each([407, 403, 502])("that answers a tunnel with %i is named, and its password is not", async (status) => {
    await using proxy = await startProxy(status === 407 ? { login: "me:other" } : { route: () => status });
    await using transport = through(`http://me:geheim@${proxy.address}`);
    const error = await text(transport, "https://registry.example/").catch((error: unknown) => error);
    expect(error).toMatchObject({
      status,
      code: status === 407 ? "not-allowed" : "unavailable",
      message: expect.stringContaining(`the proxy ${proxy.address} (--proxy)`),
      hint: expect.stringMatching(status === 407 ? /NAME:PASSWORD/ : /NO_PROXY=registry\.example/),
    });
    expect(JSON.stringify(error)).not.toContain("geheim");
  });

  test.each<[string, string | undefined, string]>([
    ["says nothing", undefined, "it did not answer in time"],
    ["goes away", "", "the connection was cut"],
    ["speaks something else", "SSH-2.0\r\n", "what it speaks is not HTTP"],
  ])("that %s is told from the registry behind it", async (_, word, message) => {
    await using proxy = await startMute(word);
    await using transport = through(proxy.address, { timeouts: { headers: 50 } });
    await expect(text(transport, "https://registry.example/")).rejects.toMatchObject({
      code: "unavailable",
      message: `cannot reach the proxy ${proxy.address} (--proxy): ${message}`,
    });
  });

  test("that is not there is being offline, for http as for https", async () => {
    await using transport = through("127.0.0.1:1");
    for (const protocol of ["http", "https"]) {
      await expect(text(transport, `${protocol}://registry.example/`)).rejects.toMatchObject({
        message: "cannot reach the proxy 127.0.0.1:1 (--proxy): nobody listens there",
        unreachable: true,
      });
    }
  });
});

describe.runIf(hasProgram("openssl"))("with certificates", () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let good: Certificates;
  let ca: string[];

  beforeAll(async () => {
    directory = await temporaryDirectory();
    good = makeCertificates(directory.path, ["127.0.0.1", "localhost"]);
    ca = [readFileSync(good.ca, "utf8")];
  });
  afterAll(async () => await directory[Symbol.asyncDispose]());

  const startHttps = async (script: Script = () => ({ body: "hello" }), certificates = good) => {
    const server = await startScriptedServer(script);
    const front = await startTlsFront(server.address, certificates);
    return {
      address: `127.0.0.1:${front.port}`,
      async [Symbol.asyncDispose]() {
        await front[Symbol.asyncDispose]();
        await server[Symbol.asyncDispose]();
      },
    };
  };

  test("a company's own authority counts, for all who ask at once", async () => {
    await using server = await startHttps();
    await using transport = open({ tls: { ca: () => ca } });
    const asked = [1, 2, 3, 4].map(async () => await text(transport, `https://${server.address}/`));
    expect(await Promise.all(asked)).toEqual(["hello", "hello", "hello", "hello"]);
  });

  test("one that cannot be read does not take the others with it", async () => {
    await using server = await startHttps();
    const broken = "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----";
    await using transport = open({ tls: { ca: () => [broken, ...ca] } });
    expect(await text(transport, `https://${server.address}/`)).toBe("hello");
  });

  test("insecure is one host with its port, and no other", async () => {
    await using server = await startHttps();
    await using other = await startHttps();
    await using transport = open({ tls: { insecure: (host) => host === server.address } });
    expect(await text(transport, `https://${server.address}/`)).toBe("hello");
    await expect(text(transport, `https://${other.address}/`)).rejects.toMatchObject({
      message: expect.stringContaining("this computer does not know who signed it"),
      remedy: { kind: "trust-issuer", host: other.address },
    });
  });

  test("each failure has its own words", async () => {
    const folder = join(directory.path, "others");
    const expired = makeCertificates(join(folder, "expired"), ["127.0.0.1"], { from: -2, until: -1 });
    const early = makeCertificates(join(folder, "early"), ["127.0.0.1"], { from: 1, until: 2 });
    const foreign = makeCertificates(join(folder, "foreign"), ["a.example", "b.example"]);
    const self = { ...good, cert: ca[0]!, key: readFileSync(join(directory.path, "ca.key"), "utf8") };
    const authorities = [expired, early, foreign].map((certificates) => readFileSync(certificates.ca, "utf8"));
    for (const [certificates, message, hint] of [
      [expired, "its certificate has expired (CERT_HAS_EXPIRED)", "clock"],
      [early, "its certificate is not valid yet (CERT_NOT_YET_VALID)", "clock"],
      [foreign, "(ERR_TLS_CERT_ALTNAME_INVALID): DNS:a.example, DNS:b.example", "Check the host's name"],
      [self, "it has signed itself (DEPTH_ZERO_SELF_SIGNED_CERT)", "SSL_CERT_FILE=FILE"],
    ] as const) {
      await using server = await startHttps(undefined, certificates);
      await using transport = open({ tls: { ca: () => authorities } });
      await expect(text(transport, `https://${server.address}/`)).rejects.toMatchObject({
        code: "unavailable",
        message: expect.stringContaining(message),
        hint: expect.stringContaining(hint),
      });
    }
  });

  test("a large body comes whole, directly and through a tunnel, and the connection serves again", async () => {
    const body = noise(3_000_001);
    await using server = await startHttps(() => ({ body }));
    const port = Number(server.address.split(":")[1]);
    await using proxy = await startProxy({ route: () => ({ port }) });
    for (const transport of [open({ tls: { ca: () => ca } }), through(proxy.address, { tls: { ca: () => ca } })]) {
      for (const _ of [1, 2]) {
        const response = await transport.send({ method: "GET", url: new URL(`https://localhost:${port}/`) });
        expect(body.equals(await response.bytes(body.byteLength))).toBe(true);
      }
      await transport[Symbol.asyncDispose]();
    }
    // The first is refused for its certificate, before the company's own counts; the second serves both requests.
    expect(proxy.log).toHaveLength(2);
  });

  test.each(["TLSv1.2", "TLSv1.3"] as const)(
    "a second connection to the same server takes up the first one's session, by %s, and one to another does not",
    async (version) => {
      await using server = await startScriptedServer(() => ({ body: "hello" }));
      await using front = await startTlsFront(server.address, good, version);
      await using other = await startTlsFront(server.address, good, version);
      for (const tls of [{ ca: () => ca }, { insecure: () => true }]) {
        await using transport = open({ tls });
        front.resumed.length = other.resumed.length = 0;
        const address = `https://127.0.0.1:${front.port}/`;
        expect(await text(transport, address)).toBe("hello");
        // The first of them has the connection that is there.
        expect(await Promise.all([text(transport, address), text(transport, address)])).toEqual(["hello", "hello"]);
        expect(await text(transport, `https://127.0.0.1:${other.port}/`)).toBe("hello");
        // Whose authority is unknown at first comes a second time.
        expect(front.resumed.slice(-2)).toEqual([false, true]);
        expect(other.resumed.at(-1)).toBe(false);
      }
    },
  );

  test("HTTP/1.1 is spoken even where HTTP/2 is offered", async () => {
    const server = createSecureServer({ allowHTTP1: true, cert: good.cert, key: good.key }, (request, response) =>
      response.end(request.httpVersion),
    ).listen(0, "127.0.0.1");
    await once(server, "listening");
    await using transport = open({ tls: { ca: () => ca } });
    expect(await text(transport, `https://127.0.0.1:${(server.address() as AddressInfo).port}/`)).toBe("1.1");
    server.close();
  });

  test("a proxy may speak https itself, under a name of its own, to http and https behind it", async () => {
    const named = makeCertificates(join(directory.path, "named"), ["registry.example"]);
    await using server = await startHttps(undefined, named);
    await using plain = await startScriptedServer(() => ({ body: "plain" }));
    await using proxy = await startProxy({
      login: "me:secret",
      route: () => ({ port: Number(server.address.split(":")[1]) }),
    });
    await using front = await startTlsFront(proxy.address, good);
    const tls = { ca: () => [...ca, readFileSync(named.ca, "utf8")] };
    await using transport = through(`https://me:secret@localhost:${front.port}`, { tls });
    expect(await text(transport, "https://registry.example/")).toBe("hello");
    expect(await text(transport, `http://${plain.address}/`)).toBe("plain");
    expect(proxy.log).toContain("CONNECT registry.example:443");
    expect(proxy.log).toContain(`GET http://${plain.address}/`);
  });

  test("a proxy's own certificate is told from the registry's", async () => {
    await using proxy = await startProxy();
    await using front = await startTlsFront(proxy.address, good);
    const address = `localhost:${front.port}`;
    await using transport = through(`https://${address}`);
    for (const protocol of ["http", "https"]) {
      await expect(text(transport, `${protocol}://registry.example/`)).rejects.toMatchObject({
        message: expect.stringContaining(`cannot reach the proxy ${address} (--proxy): its certificate is not trusted`),
        remedy: { kind: "trust-issuer", host: address },
      });
    }
    await using careless = through(`https://${address}`, { tls: { insecure: (host) => host === address } });
    await using plain = await startScriptedServer(() => ({ body: "plain" }));
    expect(await text(careless, `http://${plain.address}/`)).toBe("plain");
  });
});
