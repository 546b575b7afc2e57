import { rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { anyFault, type Fault, type FaultPlan, faultOn } from "../../src/server/registry/faults.ts";
import { noise } from "./bytes.ts";
import { makeCertificates, type Validity } from "./certificates.ts";
import { addressOf, COMPANY_HOST, type Company, openCompany } from "./company.ts";
import { startProxy } from "./proxy.ts";
import type { Run } from "./run.ts";
import { openSandbox, type Sandbox } from "./sandbox.ts";
import { startTlsFront } from "./tlsFront.ts";

/** A person's computer and a registry, with a trouble between them that comes and goes. */
export interface World extends AsyncDisposable {
  readonly sandbox: Sandbox;
  /** Starts the launcher while there is trouble, or while there is none. */
  start(when: "in trouble" | "in peace"): Promise<Run>;
}

export type OpenWorld = () => Promise<World>;

interface WorldOptions {
  /** `update.timeout`; a twentieth of it passes. Longer than any start, unless given. */
  readonly timeout?: string;
}

// All that a launcher waits for takes a twentieth of its time.
const HURRIED = { SLIPWAY_NODE: `--require "${join(dirname(fileURLToPath(import.meta.url)), "hurriedClock.cjs")}"` };
const LONG = "10m";

/** A program of so many bytes, compressed: enough for a line to break in the middle of it. */
export function programThatSays(word: string, size = 3000): string {
  return `echo ${word}\n# ${noise(size).toString("hex")}`;
}

/** A registry that answers so. The plan is made anew for each start, because it may count. */
export function registry(plan: (address: string) => FaultPlan, { timeout = LONG }: WorldOptions = {}): OpenWorld {
  return async () => {
    // Where a start may be cut short, something goes on behind it, which is no company for another test.
    const lends = timeout === LONG;
    const sandbox = (lends ? lent.pop() : undefined) ?? (await openWithRelease(timeout));
    return {
      sandbox,
      async start(when) {
        sandbox.setFaults(when === "in trouble" ? plan(addressOf(sandbox)) : undefined);
        return await sandbox.launch([], { env: HURRIED });
      },
      async [Symbol.asyncDispose]() {
        if (!lends) return await sandbox[Symbol.asyncDispose]();
        await forget(sandbox);
        lent.push(sandbox);
      },
    };
  };
}

// Half of what a test costs is its launcher of 120 MB: it serves one after the other.
const lent: Sandbox[] = [];

/** To be called after the last test. */
export async function closeWorlds(): Promise<void> {
  for (const sandbox of lent.splice(0)) await sandbox[Symbol.asyncDispose]();
}

async function openWithRelease(timeout: string): Promise<Sandbox> {
  const sandbox = await openSandbox();
  await sandbox.publish("1.0.0", programThatSays("one"));
  await sandbox.build({ update: { timeout } });
  return sandbox;
}

/** As it was before anything was installed, or published but 1.0.0. */
async function forget(sandbox: Sandbox): Promise<void> {
  sandbox.setFaults(undefined);
  await rm(sandbox.data, { recursive: true, force: true });
  await fetch(`http://${addressOf(sandbox)}/v2/example/app/manifests/1.1.0`, { method: "DELETE" });
}

/** The same with one fault in one place. */
export function fault(
  at: RegExp,
  what: Fault,
  { times, ...options }: WorldOptions & { readonly times?: number } = {},
): OpenWorld {
  return registry(() => faultOn(at, what, times), options);
}

/** A registry that wants a token for its tags, from a service of this kind. */
export function tokenService(what: Fault, options: WorldOptions = {}): OpenWorld {
  return registry(
    (address) => anyFault(faultOn(/^GET \/token/, what), faultOn(TAGS, challenge(`http://${address}/token`))),
    options,
  );
}

/** The refusal that names a token service. */
export function challenge(realm: string): Fault {
  return { kind: "answer", status: 401, headers: { "www-authenticate": `Bearer realm="${realm}"` }, body: "{}" };
}

/** A launcher that was made for this repository, where nobody is; in peace it is the one for the right repository. */
export function repository(name: string): OpenWorld {
  return async () => {
    const sandbox = await openWithRelease(LONG);
    const right = join(sandbox.directory, "right");
    await rename(sandbox.launcher, right);
    await sandbox.build({ repository: name, update: { timeout: LONG } });
    return {
      sandbox,
      start: async (when) =>
        await sandbox.launch([], { env: HURRIED, launcher: when === "in trouble" ? sandbox.launcher : right }),
      [Symbol.asyncDispose]: async () => await sandbox[Symbol.asyncDispose](),
    };
  };
}

/** A registry with a public name, by https, which answers so. */
export function publicRegistry(plan: FaultPlan): OpenWorld {
  return async () =>
    await openPublic(async ({ sandbox, front, ca }) => ({
      ca,
      port: front.port,
      change: (trouble) => sandbox.setFaults(trouble ? plan : undefined),
    }));
}

/** A registry with a public name behind which something speaks plain http. */
export function plainHttpInstead(): OpenWorld {
  return async () =>
    await openPublic(async ({ sandbox, ca }) => ({ ca, port: Number(addressOf(sandbox).split(":")[1]) }));
}

/** A registry with a public name and another certificate than the right one. */
export function certificate({
  names = [COMPANY_HOST],
  validity,
  trusted,
}: {
  readonly names?: readonly string[];
  readonly validity?: Validity;
  /** Whether this computer knows who signed it. */
  readonly trusted: boolean;
}): OpenWorld {
  return async () =>
    await openPublic(async ({ sandbox, ca }) => {
      const wrong = makeCertificates(join(sandbox.directory, "wrong"), names, validity);
      const front = await startTlsFront(addressOf(sandbox), wrong);
      return {
        ca: trusted ? wrong.ca : ca,
        port: front.port,
        [Symbol.asyncDispose]: async () => await front[Symbol.asyncDispose](),
      };
    });
}

/** What a person meets in the registry's place while there is trouble. */
interface Way {
  readonly port: number;
  /** Path of what is trusted. */
  readonly ca: string;
  readonly change?: (trouble: boolean) => void;
  readonly [Symbol.asyncDispose]?: () => Promise<void>;
}

async function openPublic(open: (company: Company) => Promise<Way>): Promise<World> {
  const company = await openCompany();
  const way = await open(company);
  let trouble = false;
  const proxy = await startProxy({ route: (target) => (trouble ? { port: way.port } : company.route(target)) });
  await company.sandbox.build({ repository: `${COMPANY_HOST}/example/app`, update: { timeout: LONG } });
  return {
    sandbox: company.sandbox,
    async start(when) {
      trouble = when === "in trouble";
      way.change?.(trouble);
      const env = { ...HURRIED, HTTPS_PROXY: proxy.address, SSL_CERT_FILE: trouble ? way.ca : company.ca };
      return await company.sandbox.launch([], { env });
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await way[Symbol.asyncDispose]?.();
      await company[Symbol.asyncDispose]();
    },
  };
}

export const TAGS = /^GET .*\/tags\/list/;
/** The index, which is asked for by its tag. */
export const INDEX = /^GET .*\/manifests\/1\./;
/** The platform's own manifest, which is asked for by its digest. */
export const PLATFORM = /^GET .*\/manifests\/sha256:/;
/** The program. */
export const BLOB = /^GET .*\/blobs\//;
