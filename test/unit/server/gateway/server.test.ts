import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { AppError } from "../../../../src/errors.ts";
import { openSampleShelf, sampleCatalog, sampleDownload } from "../../../support/sampleCatalog.ts";
import { temporaryDirectory } from "../../../support/temporary.ts";
import { openGateway } from "./openGateway.ts";

const WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36";
const MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.1 Safari/605.1.15";

const catalog = sampleCatalog();

function sha256(bytes: ArrayBuffer): string {
  return `sha256:${createHash("sha256").update(new Uint8Array(bytes)).digest("hex")}`;
}

describe("a gateway", () => {
  test("gives each file under its own name, by the newest's address and by its own", async () => {
    await using server = await openGateway();
    for (const [path, caching] of [
      ["/windows-amd64", "public, max-age=60"],
      ["/launcher-1.0.0/windows-amd64", "public, max-age=31536000, immutable"],
    ] as const) {
      const answer = await server.get(path);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("content-disposition")).toContain('filename="Meadow-windows-amd64.exe"');
      expect(answer.headers.get("cache-control")).toBe(caching);
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
      expect(sha256(await answer.arrayBuffer())).toBe(catalog.downloads[0]?.digest);
    }
    expect(server.requests()).toEqual(["200 /windows-amd64", "200 /launcher-1.0.0/windows-amd64"]);
  });

  test("shows the page in the visitor's language, or in the one that the address names", async () => {
    await using server = await openGateway();
    const page = await server.get("/", { "accept-language": "de-AT,de;q=0.9" });
    expect(await page.text()).toContain('lang="de"');
    expect(page.headers.get("vary")).toBe("Accept-Language");
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(page.headers.get("referrer-policy")).toBe("no-referrer");
    expect(page.headers.get("accept-ch")).toBe("Sec-CH-UA-Arch, Sec-CH-UA-Bitness");
    const chinese = await server.get("/", { "accept-language": "zh-CN" });
    expect(chinese.headers.get("content-language")).toBe("zh-Hans");
    const named = await server.get("/fr/", { "accept-language": "de" });
    expect([await named.text(), named.headers.get("vary")]).toEqual([expect.stringContaining('lang="fr"'), null]);
  });

  test("sends nobody again what they have", async () => {
    await using server = await openGateway();
    for (const path of ["/", "/badge.svg", "/downloads.json", "/SHA256SUMS", "/icon.png", "/linux-amd64"]) {
      const first = await server.get(path);
      expect(first.status).toBe(200);
      await first.arrayBuffer();
      const again = await server.get(path, { "if-none-match": first.headers.get("etag") ?? "" });
      expect([again.status, await again.text()]).toEqual([304, ""]);
      expect(again.headers.get("etag")).toBe(first.headers.get("etag"));
    }
  });

  test("answers HEAD as GET, without a body", async () => {
    await using server = await openGateway();
    for (const path of ["/", "/linux-amd64", "/nothing"]) {
      const got = await server.get(path);
      const { byteLength } = await got.arrayBuffer();
      const head = await fetch(`${server.gateway.url}${path}`, { method: "HEAD" });
      expect([head.status, head.headers.get("content-length")]).toEqual([got.status, String(byteLength)]);
    }
  });

  test("has lists for programs", async () => {
    await using server = await openGateway();
    const list = (await (await server.get("/downloads.json")).json()) as { downloads: { href: string }[] };
    expect(list.downloads[0]?.href).toBe("launcher-1.0.0/windows-amd64");
    const sums = await (await server.get("/SHA256SUMS")).text();
    expect(sums).toContain(`${catalog.downloads[0]?.digest.slice(7)}  Meadow-windows-amd64.exe\n`);
    expect(await (await server.get("/badge.svg")).text()).toContain("1.4.2");
    expect((await server.get("/icon.png")).headers.get("content-type")).toBe("image/png");
    expect((await server.get("/favicon.ico")).headers.get("content-type")).toBe("image/png");
  });

  test.each([
    ["a PC", { "user-agent": WINDOWS }, 302, "./launcher-1.0.0/windows-amd64"],
    ["a browser on a Mac of one kind or another", { "user-agent": MAC, accept: "text/html,*/*" }, 303, "./"],
    ["a program on such a Mac", { "user-agent": MAC, accept: "*/*" }, 302, "./launcher-1.0.0/darwin-arm64"],
    ["a browser on a phone", { "user-agent": "x (Linux; Android 10; K)", accept: "text/html" }, 303, "./"],
    ["curl", { "user-agent": "curl/8.5.0", accept: "*/*" }, 406, null],
  ])("takes %s from /download to where it belongs", async (_, headers, status, location) => {
    await using server = await openGateway();
    const answer = await server.get("/download", headers);
    expect([answer.status, answer.headers.get("location")]).toEqual([status, location]);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("critical-ch")).toBe("Sec-CH-UA-Arch, Sec-CH-UA-Bitness");
    expect(answer.headers.get("vary")).toContain("User-Agent");
    const addresses = catalog.downloads.map(({ platform }) => `/${platform?.os}-${platform?.architecture}`);
    expect(await answer.text()).toContain(status === 406 ? addresses.join("\n") : (location ?? ""));
  });

  test.each([
    ["text/html,*/*", 303, "./"],
    ["*/*", 302, "./launcher-1.0.0/darwin-arm64"],
  ])("lets a Mac of one kind or another see whom the only file is for (%s)", async (accept, status, location) => {
    const downloads = [sampleDownload("darwin/arm64")];
    await using server = await openGateway({ shelf: openSampleShelf(sampleCatalog({ downloads })) });
    const answer = await server.get("/download", { "user-agent": MAC, accept });
    expect([answer.status, answer.headers.get("location")]).toEqual([status, location]);
  });

  test.each([
    ["/macos-arm64", "./darwin-arm64"],
    ["/windows/x64", "../windows-amd64"],
    ["/launcher-1.0.0/linux/x64", "../../launcher-1.0.0/linux-amd64"],
    ["/de", "./de/"],
  ])("leads from %s on to %s, below whatever folder a proxy has put it", async (path, location) => {
    await using server = await openGateway();
    const answer = await server.get(path);
    expect([answer.status, answer.headers.get("location")]).toEqual([308, location]);
    expect(new URL(location, `https://example.com/get${path}`).pathname).toMatch(/^\/get\//);
  });

  test("lists the files of a release that has several for a platform, and gives each", async () => {
    const [one, two] = ["app", "tool"].map((fileName) => sampleDownload("linux/amd64", { tag: "1.4.2", fileName }));
    const shelf = openSampleShelf(catalog);
    const files = [one, two].filter((download) => download !== undefined);
    await using server = await openGateway({ shelf: { ...shelf, readRelease: async () => files } });
    const answer = await server.get("/1.4.2/linux-amd64");
    expect(answer.status).toBe(300);
    expect(await answer.text()).toBe("/1.4.2/linux-amd64/app\n/1.4.2/linux-amd64/tool\n");
    const tool = await server.get("/1.4.2/linux-amd64/tool");
    expect(tool.headers.get("content-disposition")).toContain('filename="tool"');
    expect((await server.get("/1.4.2/linux-amd64/other")).status).toBe(404);
  });

  test("starts with what an earlier run has kept while the registry is away, and says so", async () => {
    await using folder = await temporaryDirectory();
    const cache = { directory: folder.path, limit: 2 ** 30 };
    const away = new AppError("unavailable", "nobody listens there");
    const lost = {
      ...openSampleShelf(catalog),
      async readCatalog(): Promise<never> {
        throw away;
      },
      fetch(): never {
        throw away;
      },
    };
    await expect(openGateway({ cache, shelf: lost })).rejects.toBe(away);
    {
      await using before = await openGateway({ cache });
      expect(await (await before.get("/healthz")).text()).toBe("ok\n");
      for (const path of ["/icon.png", "/linux-amd64"]) await (await before.get(path)).arrayBuffer();
    }
    await using server = await openGateway({ cache, shelf: lost });
    expect(await (await server.get("/healthz")).text()).toBe("stale\n");
    expect((await server.get("/linux-amd64")).status).toBe(200);
    expect((await server.get("/icon.png")).status).toBe(200);
    expect(server.events.filter(({ event }) => event === "registry")).toHaveLength(1);
    await expect(openGateway({ cache, shelf: lost, source: "registry.example/other" })).rejects.toBe(away);
  });

  test("keeps to itself what the registry said when it does not answer", async () => {
    const away = new AppError("unavailable", "cannot reach secret.internal:5000");
    const shelf = {
      ...openSampleShelf(catalog),
      async readRelease(): Promise<never> {
        throw away;
      },
    };
    await using server = await openGateway({ shelf });
    const answer = await server.get("/1.0.0/linux-amd64");
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "30"]);
    expect(await answer.text()).not.toContain("secret");
    expect(server.events.at(-1)).toMatchObject({ status: 503, error: away });
    // What the page links to is known without it.
    expect((await server.get("/launcher-1.0.0/linux-amd64")).status).toBe(200);
  });

  test("gives what the page leads to also when its tag is gone", async () => {
    const shelf = { ...openSampleShelf(catalog), readRelease: async () => undefined };
    await using server = await openGateway({ shelf });
    expect((await server.get("/launcher-1.0.0/linux-amd64")).status).toBe(200);
    expect((await server.get("/1.0.0/linux-amd64")).status).toBe(404);
  });
});
