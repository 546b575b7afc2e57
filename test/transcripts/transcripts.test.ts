import { globSync, readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type Certificates, makeCertificates } from "../support/certificates.ts";
import { hasProgram } from "../support/peer.ts";
import { startReplay } from "../support/replay.ts";
import { run } from "../support/run.ts";
import { temporaryDirectory } from "../support/temporary.ts";
import { parseTranscript, type Transcript } from "../support/transcript.ts";

const folder = dirname(fileURLToPath(import.meta.url));
const transcripts = globSync("**/*.http", { cwd: folder }).sort().map(readTranscript);

describe.runIf(hasProgram("openssl"))("a registry that behaves as", () => {
  let shared: Awaited<ReturnType<typeof temporaryDirectory>>;
  let certificates: Certificates;

  beforeAll(async () => {
    shared = await temporaryDirectory();
    const hosts = new Set(transcripts.flatMap(([, { exchanges }]) => exchanges.map(({ url }) => url.hostname)));
    certificates = makeCertificates(join(shared.path, "certificates"), [...hosts]);
  });
  afterAll(async () => await shared[Symbol.asyncDispose]());

  test.each(transcripts)("%s", async (_, transcript) => {
    await using home = await temporaryDirectory();
    await using replay = await startReplay(transcript.exchanges, certificates);
    await writeLogins(home.path, transcript);
    for (const [name, text] of transcript.files) await writeFile(join(home.path, name), text);
    const done = await run(process.execPath, [inject("cli"), ...transcript.args], {
      cwd: home.path,
      env: { PATH: process.env["PATH"], HOME: home.path, HTTPS_PROXY: replay.proxy, SSL_CERT_FILE: certificates.ca },
    });
    const told = `${done.stdout}\n${done.stderr}`;
    const problems = replay.problems();
    const actual: Record<string, string> = { stdout: done.stdout, stderr: done.stderr };
    for (const { of } of transcript.expectations)
      if (of !== "exit") actual[of] ??= await readFile(join(home.path, of), "utf8");
    const unmet = transcript.expectations.filter(({ of, not, text }) =>
      of === "exit" ? String(done.exitCode) !== text : actual[of]?.includes(text) === not,
    );
    expect({ problems, unmet, told }).toEqual({ problems: [], unmet: [], told });
  });
});

function readTranscript(file: string): [string, Transcript] {
  return [file, parseTranscript(readFileSync(join(folder, file), "utf8"))];
}

async function writeLogins(home: string, { logins }: Transcript): Promise<void> {
  if (logins.length === 0) return;
  const auths = logins.map(([host, user, password]) => [
    host,
    user === "<token>" ? { identitytoken: password } : { auth: Buffer.from(`${user}:${password}`).toString("base64") },
  ]);
  await mkdir(join(home, ".docker"));
  await writeFile(join(home, ".docker", "config.json"), JSON.stringify({ auths: Object.fromEntries(auths) }));
}
