import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, inject, test } from "vitest";
import { makeCertificates } from "../support/certificates.ts";
import { hasProgram } from "../support/peer.ts";
import { openSandbox } from "../support/sandbox.ts";

const RECIPES = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "docs", "recipes");

async function wordsOf(name: string): Promise<string[]> {
  const text = await readFile(join(RECIPES, name), "utf8");
  const line = /^ExecStart=(\S+ .*)$/m.exec(text)?.[1];
  if (line !== undefined) return line.split(" ").slice(1);
  return (JSON.parse(/^ENTRYPOINT (.*)$/m.exec(text)?.[1] ?? "[]") as string[]).slice(1);
}

test.runIf(hasProgram("openssl")).each(["slipway.service", "slipway-tls.conf", "Containerfile"])(
  "a gateway starts by the words of %s, and stops in order",
  async (name) => {
    await using sandbox = await openSandbox();
    await sandbox.publish("1.0.0", "echo 1.0.0");
    const { directory, repository } = sandbox;
    const { cert, key } = makeCertificates(join(directory, "tls"), ["127.0.0.1"]);
    await writeFile(join(directory, "fullchain.pem"), cert);
    await writeFile(join(directory, "privkey.pem"), key);
    const installer = { id: "com.example.app", name: "app", repository };
    await writeFile(join(directory, "installer.json"), JSON.stringify(installer));
    const own: Readonly<Record<string, string>> = {
      "ghcr.io/example/app": repository,
      "/etc/slipway/installer.json": "installer.json",
      "%C/slipway": "cache",
      "/cache": "cache",
      "%d/fullchain.pem": "fullchain.pem",
      "%d/privkey.pem": "privkey.pem",
      "8080": "0",
      "443": "0",
      "::": "127.0.0.1",
      "0.0.0.0": "127.0.0.1",
    };
    const words = (await wordsOf(name)).map((word) => own[word] ?? word);
    const place = words.includes(repository) ? [] : [repository];
    const gateway = spawn(process.execPath, [inject("cli"), ...words, ...place], {
      cwd: directory,
      env: { PATH: process.env["PATH"], HOME: sandbox.home, LC_ALL: "C.UTF-8" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    gateway.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    const exited = once(gateway, "exit");
    // One that does not start says why.
    const [first] = (await Promise.race([once(gateway.stdout.setEncoding("utf8"), "data"), exited])) as [unknown];
    if (gateway.exitCode !== null) throw new Error(said);
    expect(String(first)).toMatch(name.includes("tls") ? / at https:/ : / at http:/);
    gateway.kill("SIGTERM");
    expect(await exited).toEqual([0, null]);
  },
);
