import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { makeCertificates } from "../support/certificates.ts";
import { noise } from "../support/bytes.ts";
import { freePort, hasProgram, startPeer } from "../support/peer.ts";
import { run } from "../support/run.ts";
import { startScriptedServer } from "../support/scriptedServer.ts";
import { temporaryDirectory } from "../support/temporary.ts";

const RECIPES = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "docs", "recipes");

async function recipe(name: string): Promise<string> {
  return await readFile(join(RECIPES, name), "utf8");
}

describe.runIf(hasProgram("systemd-analyze"))("the recipe for systemd", () => {
  // A program that is there: slipway itself is not installed where tests run.
  const put = async (folder: string, name: string, from: string): Promise<string> => {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, (await recipe(from)).replaceAll("/usr/local/bin/slipway", "/bin/true"));
    return path;
  };

  test.each([
    ["behind a proxy", false],
    ["with a certificate of its own", true],
  ])("is a unit that systemd takes without a word: %s", async (_what, withTls) => {
    await using folder = await temporaryDirectory();
    const unit = await put(folder.path, "slipway.service", "slipway.service");
    if (withTls) await put(folder.path, "slipway.service.d/tls.conf", "slipway-tls.conf");
    const env = { ...process.env, SYSTEMD_UNIT_PATH: `${folder.path}:` };
    expect(await run("systemd-analyze", ["verify", unit], { env })).toMatchObject({ exitCode: 0, stderr: "" });
  });

  test("leaves the service little to do harm with", async () => {
    await using folder = await temporaryDirectory();
    const unit = await put(folder.path, "slipway.service", "slipway.service");
    // In tenths, from 0 for nothing to 100: what a unit without a word about it has is 96.
    const args = ["security", "--offline=true", "--threshold=15", unit];
    expect(await run("systemd-analyze", args, { env: process.env })).toMatchObject({ exitCode: 0 });
  });

  test("gives downloads their time before it kills", async () => {
    const unit = await recipe("slipway.service");
    const [grace, stop] = [/--grace (\d+)s/, /^TimeoutStopSec=(\d+)$/m].map((form) => Number(form.exec(unit)?.[1]));
    expect(stop).toBeGreaterThan(grace ?? Number.NaN);
  });
});

describe.runIf(hasProgram("nginx") && hasProgram("openssl") && hasProgram("curl"))("the recipe for nginx", () => {
  test("hands files through as they are, and says who the visitor is", async () => {
    await using folder = await temporaryDirectory();
    const content = noise(3_000_000);
    const etag = `"sha256:${createHash("sha256").update(content).digest("hex")}"`;
    const seen: (string | undefined)[] = [];
    await using gateway = await startScriptedServer(({ headers }) => {
      seen.push(String(headers["x-forwarded-for"]), headers.host, String(headers["x-forwarded-proto"]));
      return { headers: { etag, "content-type": "text/plain" }, body: content };
    });
    const [tls, plain, ready] = [await freePort(), await freePort(), await freePort()];
    const { ca, cert, key } = makeCertificates(join(folder.path, "tls"), ["get.example.com"]);
    await writeFile(join(folder.path, "cert.pem"), cert);
    await writeFile(join(folder.path, "key.pem"), key);
    const snippet = (await recipe("nginx.conf"))
      .replaceAll(/^ +listen \[::\].*\n/gm, "")
      .replace("listen 443 ", `listen 127.0.0.1:${tls} `)
      .replace("listen 80;", `listen 127.0.0.1:${plain};`)
      .replace("http://127.0.0.1:8080", `http://${gateway.address}`)
      .replaceAll(/\/etc\/letsencrypt\/\S+\/fullchain\.pem/g, join(folder.path, "cert.pem"))
      .replaceAll(/\/etc\/letsencrypt\/\S+\/privkey\.pem/g, join(folder.path, "key.pem"));
    const whole = [
      `pid ${folder.path}/nginx.pid;`,
      "daemon off;",
      // One process, which ends as one.
      "master_process off;",
      "error_log stderr;",
      "events {}",
      `http { access_log off; gzip on; gzip_types *;`,
      ...["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((of) => `${of}_temp_path ${folder.path}/${of};`),
      snippet,
      `server { listen 127.0.0.1:${ready}; return 204; }`,
      "}",
    ];
    const config = join(folder.path, "nginx.conf");
    await writeFile(config, whole.join("\n"));
    const checked = await run("nginx", ["-t", "-q", "-c", config], { env: process.env });
    expect(checked).toMatchObject({ exitCode: 0, stderr: "" });

    await using _nginx = await startPeer("nginx", ["-c", config], { url: `http://127.0.0.1:${ready}/` });
    const there = ["--connect-to", `::127.0.0.1:${tls}`, "--cacert", ca];
    const got = join(folder.path, "got");
    const curl = async (...args: readonly string[]) =>
      await run("curl", ["-sS", ...there, ...args], { env: { PATH: process.env["PATH"] } });
    const forged = ["-H", "X-Forwarded-For: 203.0.113.9", "-H", "Accept-Encoding: gzip"];
    const address = "https://get.example.com/windows-amd64";
    const answer = await curl(...forged, "-o", got, "-w", "%{http_code} %header{etag}", address);
    expect(answer).toMatchObject({ exitCode: 0, stdout: `200 ${etag}` });
    expect((await readFile(got)).equals(content)).toBe(true);
    expect(seen).toEqual(["127.0.0.1", "get.example.com", "https"]);
    const hidden = await curl("-o", got, "-w", "%{http_code}", "https://get.example.com/metrics");
    expect(hidden.stdout).toBe("404");
    expect(gateway.log).toEqual(["GET /windows-amd64"]);
  });
});

describe.runIf(hasProgram("caddy"))("the recipe for Caddy", () => {
  test("is one that Caddy takes, and written as Caddy writes it", async () => {
    await using folder = await temporaryDirectory();
    const file = join(folder.path, "Caddyfile");
    await copyFile(join(RECIPES, "Caddyfile"), file);
    const env = { ...process.env, HOME: folder.path, XDG_DATA_HOME: folder.path, XDG_CONFIG_HOME: folder.path };
    const checked = await run("caddy", ["validate", "--adapter", "caddyfile", "--config", file], { env });
    expect(checked).toMatchObject({ exitCode: 0 });
    expect((await run("caddy", ["fmt", file], { env })).stdout).toBe(await readFile(file, "utf8"));
  });
});

describe("the recipe for a container", () => {
  const wordsOf = (text: string, instruction: string): string[] =>
    JSON.parse(new RegExp(String.raw`^ *${instruction} (\[.*\])$`, "m").exec(text)?.[1] ?? "[]") as string[];

  test("asks the gateway whether it works", async () => {
    const [, , script = ""] = wordsOf(await recipe("Containerfile"), "CMD");
    let status = 200;
    await using gateway = await startScriptedServer((_request, url) => {
      return url.pathname === "/healthz" ? { status } : undefined;
    });
    const ask = async (address = gateway.address) =>
      await run(process.execPath, ["-e", script.replace("127.0.0.1:8080", address)], { env: process.env });
    expect(await ask()).toMatchObject({ exitCode: 0 });
    status = 503;
    expect(await ask()).toMatchObject({ exitCode: 1 });
    expect(await ask(`127.0.0.1:${await freePort()}`)).toMatchObject({ exitCode: 1, stderr: "" });
  });

  test("runs as nobody in particular, and writes to its cache alone", async () => {
    const text = await recipe("Containerfile");
    expect(text).toMatch(/^USER \d+:\d+$/m);
    const [program, ...args] = wordsOf(text, "ENTRYPOINT");
    expect([program, args[0]]).toEqual(["slipway", "serve"]);
    const folder = args[args.indexOf("--cache") + 1] ?? "";
    expect(text).toContain(`mkdir ${folder} && chown 1000:1000 ${folder}`);
    expect(text).toContain(`VOLUME ${folder}`);
  });
});
