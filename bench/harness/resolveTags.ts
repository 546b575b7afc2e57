// What bench/tags.ts starts: finds the newest version at a registry as a check does, and says what that took.
import { openRegistry } from "../../src/registry/client.ts";
import { selectVersions } from "../../src/release/resolve.ts";
import { newerLaunchers } from "../../src/update/findLauncher.ts";
import { listNeededTags } from "../../src/update/neededTags.ts";

export interface Figures {
  /** Milliseconds of processor time. */
  readonly all: number;
  /** Milliseconds on the clock. */
  readonly clock: number;
  /** MB. */
  readonly peak: number;
}

console.log(JSON.stringify(await resolveOnce(process.argv[2] ?? "")));

async function resolveOnce(host: string): Promise<Figures> {
  const [started, before] = [performance.now(), process.cpuUsage()];
  const client = openRegistry({ userAgent: "bench" });
  const repository = client.repository({ host, name: "bench/app" });
  const question = { request: { kind: "latest" }, prereleases: false, quarantined: [], installed: "0.1.0" } as const;
  const needs = { versions: { question, most: 20 }, prereleases: false, channel: "stable", keyring: undefined };
  const { tags } = await listNeededTags(repository, needs, AbortSignal.timeout(60_000));
  selectVersions({ ...question, tags });
  newerLaunchers(tags, { settings: { prereleases: false } }, { installed: "1.0.0" });
  const clock = performance.now() - started;
  const peak = process.resourceUsage().maxRSS / 1000;
  const figures = { all: cpuSince(before), clock, peak };
  await client[Symbol.asyncDispose]();
  return figures;
}

function cpuSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
