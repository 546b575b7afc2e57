import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { TITLE } from "../../src/oci/annotations.ts";
import { listFiles } from "../../src/publisher/listFiles.ts";
import { pushFiles, withStorage } from "../support/diagnose.ts";
import { freePort, hasProgram, startPeer } from "../support/peer.ts";
import { photograph, readQrCodes } from "../support/qrReader.ts";
import type { Run } from "../support/run.ts";
import { expectSuccess, openSandbox, type Sandbox } from "../support/sandbox.ts";
import { json, type Reply, type Script, startScriptedServer } from "../support/scriptedServer.ts";

const PLATFORMS = ["darwin/amd64", "darwin/arm64", "linux/amd64", "windows/amd64"];

interface Published {
  readonly platform: string;
  readonly name: string;
  readonly digest: string;
  readonly size: number;
}

/** A launcher for each platform, beside a newer version of the program. */
async function publish(sandbox: Sandbox): Promise<Published[]> {
  let published: Published[] = [];
  await withStorage(sandbox, async (storage) => {
    await pushFiles(storage, { tag: "2.0.0", version: "2.0.0", platforms: PLATFORMS });
    await pushFiles(storage, { tag: "launcher-1.0.0", version: "1.0.0", platforms: PLATFORMS });
    const files = await listFiles(storage, await storage.fetchManifest("launcher-1.0.0"));
    published = files.map(({ platform = "", layer: { annotations, digest, size } }) => {
      return { platform, name: annotations?.[TITLE] ?? "", digest, size };
    });
  });
  return published;
}

/** What a gateway answers for the files, unless the test has another answer. */
function gatewayOf(files: readonly Published[], { root = "/", other = () => undefined }: GatewayOptions = {}): Script {
  const paths = new Map(files.map((file) => [`${root}${file.platform.replace("/", "-")}`, file]));
  return (request, url) => {
    const own = other(request, url);
    if (own !== undefined) return own;
    if (url.pathname === root)
      return { headers: { "content-type": "text/html; charset=utf-8" }, body: "<!doctype html>" };
    if (url.pathname === `${root}download`) {
      const platform = platformOf(request.headers);
      const location = platform === undefined ? root : `${root}${platform}`;
      return { status: platform === undefined ? 406 : 302, headers: { location } };
    }
    const file = paths.get(url.pathname);
    if (file === undefined) return undefined;
    // Compressed it is other bytes, with a tag of their own.
    const isCoded = request.headers["accept-encoding"] !== "identity";
    const answered = isCoded ? { digest: `sha256:${"d".repeat(64)}`, size: 1 } : file;
    return (response) => void response.writeHead(200, headersOf(answered)).end();
  };
}

interface GatewayOptions {
  readonly root?: string;
  readonly other?: Script;
}

function platformOf(headers: Readonly<Record<string, string | string[] | undefined>>): string | undefined {
  const processor = headers["sec-ch-ua-arch"] === '"arm"' ? "arm64" : "amd64";
  const system = { '"Windows"': "windows", '"macOS"': "darwin", '"Linux"': "linux" }[
    String(headers["sec-ch-ua-platform"])
  ];
  return system === undefined ? undefined : `${system}-${processor}`;
}

function headersOf({ digest, size }: Pick<Published, "digest" | "size">) {
  return { etag: `"${digest}"`, "content-length": String(size), "content-type": "application/octet-stream" };
}

interface Plain {
  readonly page: Readonly<Record<string, unknown>>;
  readonly download?: { readonly url: string; readonly visitors: readonly Readonly<Record<string, unknown>>[] };
  readonly files: readonly Readonly<Record<string, unknown>>[];
}

async function linkPlain(sandbox: Sandbox, page: string, ...more: readonly string[]): Promise<Run & { plain: Plain }> {
  const done = await sandbox.slipway(["link", sandbox.repository, "--page", page, "--json", ...more]);
  return { ...done, plain: JSON.parse(done.stdout) as Plain };
}

function lookAway(pattern: RegExp, reply: Reply): Script {
  return (_request, url) => (pattern.test(url.pathname) ? reply : undefined);
}

describe("slipway link --page at a gateway", () => {
  test("prints its addresses, each with what the registry has, and the page's QR code", async () => {
    await using sandbox = await openSandbox();
    const files = await publish(sandbox);
    await using gateway = await startScriptedServer(gatewayOf(files, { root: "/get/" }));
    const page = `http://${gateway.address}/get`;
    const { exitCode, stdout, stderr } = await sandbox.slipway(["link", sandbox.repository, "--page", page, "--qr"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "launcher-1.0.0 is the newest launcher\n" });
    expect(stdout).toMatch(/^http:\S+\/get\/\n {2}is a page that anybody gets\n/);
    expect(stdout).toContain(`/get/download\n  gives visitors the file for their system: ${PLATFORMS.join(", ")}\n`);
    expect(stdout.match(/works for anybody, and gives launcher-1\.0\.0$/gm)).toHaveLength(4);
    expect(stdout).toContain(`  ${page}/windows-amd64\n`);
    // Nobody logs in there, and nothing is fetched to find out.
    expect(gateway.log.filter((line) => !/^HEAD \S+$/.test(line))).toEqual([]);
    if (!hasProgram("zbarimg")) return;
    const drawn = stdout.split("\n").filter((line) => /^[ \u2580\u2584\u2588]*$/.test(line));
    expect(await readQrCodes(photograph(drawn.join("\n"), { foreground: 0, background: 255 }))).toEqual([`${page}/`]);
  });

  test.runIf(hasProgram("zbarimg"))("writes the page's QR code into a file", async () => {
    await using sandbox = await openSandbox();
    await using gateway = await startScriptedServer(gatewayOf(await publish(sandbox)));
    const { exitCode } = await linkPlain(sandbox, `http://${gateway.address}/`, "--qr-file", "poster.png");
    expect(exitCode).toBe(0);
    const poster = await readFile(join(sandbox.directory, "poster.png"));
    expect(await readQrCodes(poster)).toEqual([`http://${gateway.address}/`]);
  });

  test("asks for a release's own addresses when its tag is named", async () => {
    await using sandbox = await openSandbox();
    const files = await publish(sandbox);
    await using gateway = await startScriptedServer(gatewayOf(files, { root: "/launcher-1.0.0/", other: top }));
    const page = `http://${gateway.address}/`;
    const reference = `${sandbox.repository}:launcher-1.0.0`;
    const { exitCode, stdout } = await sandbox.slipway(["link", reference, "--page", page, "--json"]);
    expect(exitCode).toBe(0);
    const plain = JSON.parse(stdout) as Plain;
    expect(plain.files.map(({ url }) => url)).toContain(`${page}launcher-1.0.0/darwin-arm64`);
    expect(plain.download).toBeUndefined();
  });

  test("names an address that gives another file, and tells which", async () => {
    await using sandbox = await openSandbox();
    const files = await publish(sandbox);
    const other = { digest: `sha256:${"b".repeat(64)}`, size: 5 };
    const wrong: Script = (_request, url) =>
      url.pathname === "/linux-amd64" ? (response) => void response.writeHead(200, headersOf(other)).end() : undefined;
    await using gateway = await startScriptedServer(gatewayOf(files, { other: wrong }));
    const { exitCode, stderr, plain } = await linkPlain(sandbox, `http://${gateway.address}/`);
    expect(exitCode).toBe(65);
    expect(stderr).toContain("2 of 9 addresses do not give what is published");
    expect(plain.files.filter(({ verdict }) => verdict !== "same")).toMatchObject([
      { platform: "linux/amd64", verdict: "different", reason: expect.stringContaining(`sha256 ${"b".repeat(64)}`) },
    ]);
    expect(plain.download?.visitors.find(({ platform }) => platform === "linux/amd64")).toMatchObject({
      verdict: "different",
    });
  });

  test("sees when visitors get the file for another system", async () => {
    await using sandbox = await openSandbox();
    const toIntel = lookAway(/^\/download$/, { status: 302, headers: { location: "/darwin-amd64" } });
    await using gateway = await startScriptedServer(gatewayOf(await publish(sandbox), { other: toIntel }));
    const { exitCode, plain } = await linkPlain(sandbox, `http://${gateway.address}/`);
    expect(exitCode).toBe(65);
    expect(plain.files.every(({ verdict }) => verdict === "same")).toBe(true);
    expect(plain.download?.visitors.find(({ platform }) => platform === "darwin/arm64")).toMatchObject({
      reason: expect.stringContaining("it gives the file for darwin/amd64"),
    });
  });

  test("names an address that answers 404, and what a redirect leads to", async () => {
    await using sandbox = await openSandbox();
    const files = await publish(sandbox);
    await using storage = await startScriptedServer(gatewayOf(files));
    const script: Script = (_request, url) => {
      if (url.pathname === "/darwin-arm64") return { status: 404 };
      if (url.pathname !== "/windows-amd64") return undefined;
      return { status: 302, headers: { location: `http://${storage.address}/windows-amd64` } };
    };
    await using gateway = await startScriptedServer(gatewayOf(files, { other: script }));
    const { exitCode, plain } = await linkPlain(sandbox, `http://${gateway.address}/`);
    expect(exitCode).toBe(66);
    const verdicts = plain.files.map(({ platform, verdict }) => `${String(platform)} ${String(verdict)}`);
    expect(verdicts).toEqual(["darwin/amd64 same", "darwin/arm64 absent", "linux/amd64 same", "windows/amd64 same"]);
    expect(storage.log).toContain("HEAD /windows-amd64");
  });
});

describe("slipway link --page at a page of plain files", () => {
  const listOf = (files: readonly Published[]) =>
    json({
      formatVersion: 1,
      downloads: files.map(({ platform, name, digest, size }) => ({
        platform,
        tag: "launcher-1.0.0",
        fileName: name,
        href: `files/${platform.replace("/", "-")}/${name}`,
        size,
        digest,
      })),
    });

  /** A host that knows nothing of digests, and shows its page for what it has not got. */
  const hostOf = (files: readonly Published[], list: Reply): Script => {
    return (_request, url) => {
      if (url.pathname === "/app/downloads.json") return list;
      const file = files.find(
        ({ platform, name }) => url.pathname === `/app/files/${platform.replace("/", "-")}/${name}`,
      );
      if (file === undefined) return { headers: { "content-type": "text/html" }, body: "<!doctype html>" };
      return (response) =>
        void response.writeHead(200, { etag: '"656f-1a2b"', "content-length": String(file.size) }).end();
    };
  };

  test("takes addresses and digests from its list", async () => {
    await using sandbox = await openSandbox();
    const files = await publish(sandbox);
    await using host = await startScriptedServer(hostOf(files, listOf(files)));
    const page = `http://${host.address}/app/`;
    const { exitCode, stderr, plain } = await linkPlain(sandbox, page);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "launcher-1.0.0 is the newest launcher\n" });
    expect(plain.download).toBeUndefined();
    expect(plain.files.map(({ verdict, by }) => [verdict, by])).toEqual(files.map(() => ["same", "list"]));
    expect(plain.files[3]).toMatchObject({ url: `${page}files/windows-amd64/app.exe` });
  });

  test.runIf(hasProgram("python3"))("agrees with what slipway page writes, on a host as plain as any", async () => {
    await using sandbox = await openSandbox();
    await publish(sandbox);
    expectSuccess(await sandbox.slipway(["page", sandbox.repository, "-o", "public"]));
    const port = await freePort();
    const page = `http://127.0.0.1:${port}/`;
    const args = ["-m", "http.server", String(port), "--bind", "127.0.0.1", "-d", join(sandbox.directory, "public")];
    await using _host = await startPeer("python3", args, { url: page });
    const { exitCode, plain } = await linkPlain(sandbox, page);
    expect(exitCode).toBe(0);
    expect(plain.download).toBeUndefined();
    expect(plain.files.map(({ platform, verdict, by }) => [platform, verdict, by])).toEqual(
      PLATFORMS.map((platform) => [platform, "same", "list"]),
    );
  });

  test("sees a list of another release, a file that is missing, and one of another size", async () => {
    await using sandbox = await openSandbox();
    const files = await publish(sandbox);
    const [first, second, third, last] = files as [Published, Published, Published, Published];
    const old = { ...first, digest: `sha256:${"c".repeat(64)}` };
    await using host = await startScriptedServer(
      hostOf([old, { ...second, size: 3 }, last], listOf([old, second, last])),
    );
    const { exitCode, plain } = await linkPlain(sandbox, `http://${host.address}/app/`);
    expect(exitCode).toBe(65);
    expect(plain.files).toMatchObject([
      { verdict: "different", reason: expect.stringContaining(`its list names sha256 ${"c".repeat(64)}`) },
      { verdict: "different", reason: expect.stringContaining("it gives 3 bytes") },
      { platform: third.platform, verdict: "unlisted" },
      { verdict: "same", by: "list" },
    ]);
  });

  test("says that an address is no download page", async () => {
    await using sandbox = await openSandbox();
    await publish(sandbox);
    await using host = await startScriptedServer(() => ({ status: 404 }));
    const page = `http://${host.address}/`;
    const absent = await sandbox.slipway(["link", sandbox.repository, "--page", page]);
    expect(absent).toMatchObject({ exitCode: 66, stderr: expect.stringContaining(`${page} is no download page`) });
    const login = await sandbox.slipway(["link", sandbox.repository, "--page", "https://me:secret@example.org/"]);
    expect(login).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("--page wants the address") });
    expect(login.stderr).not.toContain("secret");
  });
});

const top: Script = (_request, url) => {
  if (url.pathname === "/") return { headers: { "content-type": "text/html" }, body: "<!doctype html>" };
  return url.pathname === "/download" ? { status: 406 } : undefined;
};
