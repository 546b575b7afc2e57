// What bench/tags.ts starts: finds the newest version at a registry, and says what that took.
import { openRegistry } from "../../src/registry/client.ts";
import { selectLaunchers } from "../../src/release/launcherTag.ts";
import { selectVersions } from "../../src/release/resolve.ts";

export interface Figures {
  /** Milliseconds of processor time: of all, and of choosing alone. */
  readonly all: number;
  readonly choosing: number;
  /** Milliseconds on the clock. */
  readonly clock: number;
  /** MB. */
  readonly peak: number;
}

console.log(JSON.stringify(await resolveOnce(process.argv[2] ?? "")));

async function resolveOnce(host: string): Promise<Figures> {
  const [started, before] = [performance.now(), process.cpuUsage()];
  const client = openRegistry({ userAgent: "bench" });
  const tags = await client.repository({ host, name: "bench/app" }).tags();
  const listed = process.cpuUsage();
  selectVersions({ tags, request: { kind: "latest" }, prereleases: false, quarantined: [], installed: "0.1.0" });
  selectLaunchers(tags, { newerThan: "1.0.0", prereleases: false });
  const clock = performance.now() - started;
  const peak = process.resourceUsage().maxRSS / 1000;
  const figures = { all: cpuSince(before), choosing: cpuSince(listed), clock, peak };
  await client[Symbol.asyncDispose]();
  return figures;
}

function cpuSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
