import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { TITLE } from "../../src/oci/annotations.ts";
import { contentOf, type TaggedStorage } from "../../src/oci/storage.ts";
import { openRegistry } from "../../src/registry/client.ts";
import { composeIndex, composePlatformManifest } from "../../src/release/compose.ts";
import { blobOf, noise } from "./bytes.ts";
import { SAMPLE_PROGRAMS } from "./sampleProgram.ts";
import { expectSuccess, type Sandbox } from "./sandbox.ts";

export interface Check {
  readonly name: string;
  readonly status: string;
  readonly detail: string;
  readonly fix?: string;
}

export interface Diagnosis {
  readonly exitCode: number | null;
  readonly reference: string;
  readonly checks: readonly Check[];
  readonly stderr: string;
  find(name: string): Check | undefined;
  /** Every check that is neither in order nor skipped, by name and status. */
  readonly wrong: readonly string[];
}

/** Runs `slipway doctor`, and reads what it found. */
export async function diagnose(
  sandbox: Sandbox,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Diagnosis> {
  const { exitCode, stdout, stderr } = await sandbox.slipway(["doctor", ...args, "--json"], { env });
  const { reference, checks } = JSON.parse(stdout) as Pick<Diagnosis, "reference" | "checks">;
  return {
    exitCode,
    reference,
    checks,
    stderr,
    find: (name) => checks.find((check) => check.name === name),
    wrong: checks.flatMap(({ name, status }) => (["failed", "warning"].includes(status) ? [`${name} ${status}`] : [])),
  };
}

/** Pushes a version for these platforms; a program is one of the platform's own unless given. */
export async function push(
  sandbox: Sandbox,
  version: string,
  programs: Readonly<Record<string, Buffer | undefined>>,
  { repository = sandbox.repository, name }: { readonly repository?: string; readonly name?: string } = {},
): Promise<void> {
  const platforms: string[] = [];
  for (const [platform, program] of Object.entries(programs)) {
    const file = name ?? (platform.startsWith("windows") ? "app.exe" : "app");
    const path = join(sandbox.directory, "out", version, platform.replace("/", "-"), file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, program ?? SAMPLE_PROGRAMS[platform]?.() ?? "", { mode: 0o755 });
    platforms.push(`${platform}=${path}`);
  }
  expectSuccess(
    await sandbox.slipway(["push", `${repository}:${version}`, ...platforms, "--compression", "none", "--no-check"]),
  );
}

/** A program of each platform's own. */
export const EVERYWHERE = Object.fromEntries(Object.keys(SAMPLE_PROGRAMS).map((platform) => [platform, undefined]));
export const LINUX = { "linux/amd64": undefined };

/** The repository, for whoever plants a fault in it. */
export async function withStorage(sandbox: Sandbox, act: (storage: TaggedStorage) => Promise<void>): Promise<void> {
  await using registry = openRegistry({ userAgent: "test" });
  const [host = "", ...name] = sandbox.repository.split("/");
  await act(registry.repository({ host, name: name.join("/") }));
}

/** Publishes what passes for launchers, one for each platform. */
export async function pushLaunchers(sandbox: Sandbox, platforms: readonly string[]): Promise<void> {
  await withStorage(sandbox, async (storage) => {
    await pushFiles(storage, { tag: "launcher-1.0.0", version: "1.0.0", platforms });
  });
}

interface FilesOptions {
  readonly tag: string;
  readonly version: string;
  readonly platforms: readonly string[];
}

/** Publishes files as a release, whatever its index says of them. */
export async function pushFiles(storage: TaggedStorage, { tag, version, platforms }: FilesOptions): Promise<void> {
  const manifests = [];
  for (const [position, name] of platforms.entries()) {
    const [os = "", architecture = ""] = name.split("/");
    const bytes = Buffer.concat([SAMPLE_PROGRAMS[name]?.() ?? noise(100), noise(8, String(position))]);
    const layer = { ...blobOf(bytes), annotations: { [TITLE]: os === "windows" ? "app.exe" : "app" } };
    const manifest = composePlatformManifest({ platform: { os, architecture }, layers: [layer], compat: false });
    await storage.push(layer, contentOf(bytes));
    await storage.push(manifest.config.descriptor, contentOf(manifest.config.bytes));
    await storage.push(manifest.descriptor, contentOf(manifest.bytes));
    manifests.push({ descriptor: manifest.descriptor, platform: { os, architecture } });
  }
  const index = composeIndex({ manifests, title: "app", version });
  await storage.push(index.descriptor, contentOf(index.bytes), { tag });
}
