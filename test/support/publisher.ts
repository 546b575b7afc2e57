import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Run } from "./run.ts";
import { expectSuccess, openSandbox, type Sandbox } from "./sandbox.ts";

/** A publisher who has keys: slipway.key signs, slipway-recovery.key lies offline, installer.json has the other halves. */
export async function openPublisher(settings: Readonly<Record<string, unknown>> = {}): Promise<Sandbox> {
  const sandbox = await openSandbox();
  await writeInstaller(sandbox, settings);
  expectSuccess(await sandbox.slipway(["keygen", "--no-passphrase"]));
  return sandbox;
}

export async function writeInstaller(
  sandbox: Sandbox,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const installer = { id: "com.example.app", name: "app", repository: sandbox.repository, ...settings };
  await writeFile(join(sandbox.directory, "installer.json"), JSON.stringify(installer));
}

export async function readInstaller(sandbox: Sandbox): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(sandbox.directory, "installer.json"), "utf8")) as Record<string, unknown>;
}

/** Builds a launcher that trusts the publisher's keys, with other settings besides. */
export async function buildSigned(sandbox: Sandbox, settings: Readonly<Record<string, unknown>> = {}): Promise<void> {
  await sandbox.build({ trust: (await readInstaller(sandbox))["trust"], ...settings });
}

/** Makes another key pair, which nobody trusts. */
export async function makeStranger(sandbox: Sandbox, name = "stranger", type = "ed25519"): Promise<void> {
  const options = ["--out", name, "--type", type, "--no-passphrase", "--no-recovery"];
  const elsewhere = join(sandbox.directory, "home");
  expectSuccess(await sandbox.slipway(["keygen", ...options], { cwd: elsewhere }));
  for (const file of [`${name}.key`, `${name}.pub`])
    await writeFile(join(sandbox.directory, file), await readFile(join(elsewhere, file)));
}

export async function publishSigned(
  sandbox: Sandbox,
  version: string,
  script: string,
  keys = ["slipway.key"],
): Promise<void> {
  await sandbox.publish(
    version,
    script,
    undefined,
    keys.flatMap((key) => ["--sign-key", key]),
  );
}

export async function json(run: Promise<Run>): Promise<Record<string, unknown>> {
  const done = await run;
  expectSuccess(done);
  return JSON.parse(done.stdout) as Record<string, unknown>;
}

export async function digestOf(sandbox: Sandbox, reference: string): Promise<string> {
  const { descriptor } = await json(sandbox.slipway(["inspect", reference, "--json"]));
  return (descriptor as { readonly digest: string }).digest;
}

const INDEX = "application/vnd.oci.image.index.v1+json";

interface Putting {
  readonly from: string;
  readonly to: string;
  readonly change?: (index: Readonly<Record<string, unknown>>) => unknown;
}

/** Puts under a tag what another one stands for, changed or not, as anybody can who may write to the registry. */
export async function putIndex(repository: string, { from, to, change }: Putting): Promise<void> {
  const [host, ...name] = repository.split("/");
  const manifests = `http://${host}/v2/${name.join("/")}/manifests`;
  const text = await (await fetch(`${manifests}/${from}`, { headers: { accept: INDEX } })).text();
  const body = change === undefined ? text : JSON.stringify(change(JSON.parse(text) as Record<string, unknown>));
  const { status } = await fetch(`${manifests}/${to}`, { method: "PUT", headers: { "content-type": INDEX }, body });
  if (status !== 201) throw new Error(`the registry answered ${status}`);
}
