import { mkdir, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FaultPlan } from "../../src/server/registry/faults.ts";
import { openMemoryRegistry } from "../../src/server/registry/memory.ts";
import { startRegistry } from "../../src/server/registry/server.ts";
import { type ArgumentWatch, openArgumentWatch } from "./argumentWatch.ts";
import { basic, CANARY, canariesBelow, canariesIn, USER } from "./canaries.ts";
import type { Run, RunOptions } from "./run.ts";
import { expectSuccess, openSandbox, type Sandbox } from "./sandbox.ts";
import { json, type Reply, type Script, startScriptedServer } from "./scriptedServer.ts";

/** A registry that wants tokens, whose service wants a login, and a computer that has one. All secrets are canaries. */
export interface SecretWorld extends AsyncDisposable {
  readonly sandbox: Sandbox;
  /** `HOST/NAME`. */
  readonly repository: string;
  readonly watch: ArgumentWatch;
  /** What goes wrong from now on with requests to the registry and its token service that come with a login. */
  trouble(plan?: FaultPlan, tokens?: Script): void;
  /** Whether strangers get tokens as well. */
  openToAll(open: boolean): void;
  /** What Docker's config file says of the registry: an entry, or the helper that is to be asked. */
  keep(login: Readonly<Record<string, string>> | "helper"): Promise<void>;
  slipway(args: readonly string[], options?: RunOptions): Promise<Run>;
  launch(args?: readonly string[], options?: RunOptions): Promise<Run>;
  /** All that servers and other programs were told, in private. */
  received(): string;
  /** Where a canary was seen that has no business there. */
  leaks(...runs: readonly Run[]): string[];
}

const preload = (name: string): string => join(dirname(fileURLToPath(import.meta.url)), name);
// All that is waited for takes a twentieth of its time.
export const HURRIED = `--require "${preload("hurriedClock.cjs")}"`;
/** Something that nobody has thought of goes wrong as soon as a login is sent. */
export const THROWING = `--require "${preload("throwingSocket.cjs")}"`;
export const PASSWORD = { auth: basic(CANARY.password) };

const LOGINS: ReadonlySet<string> = new Set([CANARY.password, CANARY.helper].map((secret) => `Basic ${basic(secret)}`));

/** To nobody without a login. An identity token comes by POST. */
function giveToken({ method, headers: { authorization = "" } }: IncomingMessage, toAll: boolean): Reply {
  if (toAll || method === "POST" || LOGINS.has(authorization)) return json({ token: CANARY.bearer });
  return { status: 401, body: JSON.stringify({ details: "who are you?" }) };
}

/** As it was before anything was installed. */
export async function forget({ data }: Sandbox): Promise<void> {
  await rm(data, { recursive: true, force: true });
}

export async function openSecretWorld(): Promise<SecretWorld> {
  const sandbox = await openSandbox();
  const { home } = sandbox;
  const watch = await openArgumentWatch({
    "docker-credential-canary": JSON.stringify({ Username: USER, Secret: CANARY.helper }),
  });
  const received: string[] = [];
  let plan: FaultPlan | undefined;
  let answer: Script | undefined;
  let open = false;
  const tokens = await startScriptedServer(
    (request, url) =>
      (request.headers.authorization === undefined ? undefined : answer?.(request, url)) ?? giveToken(request, open),
  );
  tokens.onBody((_, body) => received.push(body.toString()));
  const challenge = `Bearer realm="http://${tokens.address}/token",service="canaries"`;
  const registry = await startRegistry({
    storage: openMemoryRegistry(),
    faults(request) {
      watch.look(home);
      // Nobody can repeat what was not told before.
      return request.authorization === undefined ? undefined : plan?.(request);
    },
    onRequest: ({ authorization }) => received.push(authorization ?? ""),
    authenticate: ({ authorization }) => (authorization === `Bearer ${CANARY.bearer}` ? undefined : challenge),
  });
  const repository = `${registry.address}/example/app`;
  const config = join(home, ".docker", "config.json");
  const env = { PATH: watch.path, SLIPWAY_NODE: HURRIED, NODE_OPTIONS: HURRIED, SLIPWAY_LOG: join(home, "mine.jsonl") };
  const withEnv = (options: RunOptions = {}): RunOptions => ({ ...options, env: { ...env, ...options.env } });

  const world: SecretWorld = {
    sandbox,
    repository,
    watch,
    trouble: (nextPlan, nextAnswer) => ([plan, answer] = [nextPlan, nextAnswer]),
    openToAll: (to) => (open = to),
    async keep(login) {
      await mkdir(dirname(config), { recursive: true });
      const { address } = registry;
      const content = login === "helper" ? { credHelpers: { [address]: "canary" } } : { auths: { [address]: login } };
      await writeFile(config, JSON.stringify(content));
    },
    slipway: async (args, options) => await sandbox.slipway(args, withEnv(options)),
    launch: async (args, options) => await sandbox.launch(args, withEnv(options)),
    received: () => [...received, ...tokens.log, watch.read()].join("\n"),
    leaks: (...runs) => [
      ...runs.flatMap(({ stdout, stderr }) => canariesIn(stdout + stderr).map((name) => `output: ${name}`)),
      ...canariesBelow(sandbox.directory, { except: [config] }),
      ...canariesIn(watch.seen()).map((name) => `arguments: ${name}`),
    ],
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await tokens[Symbol.asyncDispose]();
      await sandbox[Symbol.asyncDispose]();
      await watch[Symbol.asyncDispose]();
    },
  };
  await world.keep(PASSWORD);
  await writeFile(join(sandbox.directory, "app"), "#!/bin/sh\necho one\n", { mode: 0o755 });
  const push = ["push", `${repository}:1.0.0`, `linux/${process.arch === "arm64" ? "arm64" : "amd64"}=app`];
  expectSuccess(await world.slipway(push));
  await sandbox.build({ repository });
  return world;
}
