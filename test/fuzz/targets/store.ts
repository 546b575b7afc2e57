import { equal, ok } from "node:assert/strict";
import { join } from "node:path";
import { type Digest, digestOf } from "../../../src/oci/digest.ts";
import { readLastCheck } from "../../../src/launcher/lastCheck.ts";
import { changeOwnSetting, readOwnSettings } from "../../../src/launcher/ownSettings.ts";
import { isWithdrawn } from "../../../src/launcher/withdrawn.ts";
import { openAccessMemory } from "../../../src/registry/accessMemory.ts";
import { planActivation, planRollBack, readActivation } from "../../../src/store/activation.ts";
import { inspect } from "../../../src/store/lockFile.ts";
import { readLog } from "../../../src/store/log.ts";
import { storePaths } from "../../../src/store/paths.ts";
import { takeNews } from "../../../src/store/news.ts";
import { readSettled } from "../../../src/store/settled.ts";
import { readState, updateState } from "../../../src/store/state.ts";
import { readDamagedActivation, readUsableActivation } from "../../../src/store/usable.ts";
import { inspectVersion, readArchives, readInstalled } from "../../../src/store/versions.ts";
import { readHeldContents } from "../../../src/update/heldContents.ts";
import { collect } from "../../support/bytes.ts";
import { politely, type Target, target } from "../target.ts";
import { fileWith, workplace } from "../workplace.ts";

const DIGEST = `sha256:${"a".repeat(64)}` as const;
const VERSION = { version: "1.0.0", digest: DIGEST, directory: "1.0.0-a", executable: "bin/app", size: 3 } as const;
const ACTIVE = {
  schema: 1,
  current: VERSION,
  previous: { ...VERSION, version: "0.9.0" },
  confirmed: true,
  request: "latest",
  activatedAt: "2026-01-02T03:04:05.000Z",
};
const STATE = {
  schema: 1,
  lastCheck: "2026-01-02T03:04:05.000Z",
  jitter: 0.5,
  quarantine: [{ digest: DIGEST, version: "1", reason: "crash", since: "2026" }],
  launcherFailed: { version: "1", since: "2026" },
  installId: "x",
  access: [
    {
      place: "https://registry.example repository:app:pull",
      mode: "anonymous",
      challenge: 'Bearer realm="https://registry.example/token"',
      token: { value: "abc", expiresAt: 1 },
    },
  ],
};
const ARCHIVES = [
  {
    digest: DIGEST,
    size: 2560,
    entries: [
      { kind: "directory", name: "bin" },
      { kind: "file", name: "bin/app", size: 3, executable: true },
      { kind: "symlink", name: "app", target: "bin/app" },
    ],
  },
];
const OWNER = { token: "abc", pid: 1, host: "here", space: "b", started: "1" };

/** The file at its place in a store, and the store. */
function storeWith(bytes: Uint8Array, ...path: string[]) {
  fileWith(bytes, "store", ...path);
  return storePaths(join(workplace(), "store"));
}

/** What the launcher finds on the disk, whoever has written it. */
export const store: readonly Target[] = [
  target("active", [ACTIVE, { ...ACTIVE, schema: 2 }, { schema: 1, current: VERSION }], (bytes) => {
    const paths = storeWith(bytes, "active.json");
    const read = readActivation(paths);
    readUsableActivation(paths);
    readDamagedActivation(paths);
    if (read.kind !== "found") return;
    const inside = join(paths.versions, "x");
    const { directory, executable } = read.activation.current;
    ok(join(paths.versions, directory, executable).startsWith(inside.slice(0, -1)));
    planRollBack(planActivation(read.activation, { version: VERSION, request: "", at: "" }), "");
  }),
  target("state", [STATE, {}, { ...STATE, schema: 2 }], async (bytes) => {
    const paths = storeWith(bytes, "state.json");
    const { jitter = 0 } = readLastCheck(paths) ?? {};
    ok(jitter >= 0 && jitter < 1);
    const state = readState(paths);
    // Writing syncs the disk, which only what is understood is worth.
    if (state.quarantine.length === 0) return;
    await politely(async () => {
      await updateState(paths, () => state);
      equal(JSON.stringify(readState(paths)), JSON.stringify(state));
    });
  }),
  target("access", [STATE.access, [{ ...STATE.access[0], mode: "credentials" }]], (bytes) => {
    let written: unknown;
    try {
      written = JSON.parse(bytes.toString());
    } catch {
      return;
    }
    const read = openAccessMemory(written).write();
    for (const { mode, token } of read)
      ok(token === undefined || (mode === "anonymous" && /^[\x21-\x7e]+$/.test(token.value)));
    equal(JSON.stringify(openAccessMemory(read).write()), JSON.stringify(read));
  }),
  target(
    "withdrawn",
    [{ channels: { "channel-stable": { yanked: [{ version: "1.0.0", reason: "x" }] } } }],
    (bytes) => {
      isWithdrawn({ paths: storeWith(bytes, "trust.json"), settings: { channel: "stable" } }, "1.0.0");
    },
  ),
  target("settled", [{ schema: 1, launcherVersion: "1.0.0", home: "/", made: { entry: "x" } }], (bytes) => {
    readSettled(storeWith(bytes, "launcher", "settled.json"));
  }),
  target(
    "news",
    [
      { kind: "withdrawn", from: "1.1.0", to: "1.0.0", reason: "x" },
      { kind: "frozen", since: "2026" },
    ],
    (bytes) => {
      const news = takeNews(storeWith(bytes, "news.json"));
      ok(news === undefined || typeof (news.kind === "frozen" ? news.since : news.reason) === "string");
    },
  ),
  target("log", ['{"time":"2026","event":"start","a":1}\n{"event":"x"}\n{"ev'], (bytes) => {
    for (const { event, time } of readLog(storeWith(bytes, "log", "launcher.jsonl")))
      ok(typeof event === "string" && typeof time === "string");
  }),
  target("lock", [OWNER, "", `${JSON.stringify(OWNER)}\n\n`], async (bytes) => {
    const { lock } = storeWith(bytes, "lock");
    const found = await inspect(lock, { path: fileWith(Buffer.from("{}"), "store", "claim"), owner: OWNER });
    // It becomes a part of a file name.
    ok(found === undefined || /^[\w-]+$/.test(found.id));
  }),
  target("version-record", [VERSION, [{ path: "bin/app", size: 3, sha256: "a".repeat(64) }]], async (bytes) => {
    fileWith(Buffer.from("abc"), "store", "versions", "1.0.0-a", "bin", "app");
    storeWith(bytes, "versions", "1.0.0-a.files");
    const paths = storeWith(bytes, "versions", "1.0.0-a.json");
    readInstalled(paths);
    await inspectVersion(paths, VERSION);
  }),
  target("version-archives", [ARCHIVES], async (bytes) => {
    fileWith(Buffer.from("abc"), "store", "versions", "1.0.0-a", "bin", "app");
    fileWith(Buffer.from(JSON.stringify(VERSION)), "store", "versions", "1.0.0-a.json");
    const paths = storeWith(bytes, "versions", "1.0.0-a.archives");
    const held = readHeldContents(paths);
    for (const { digest, size } of readArchives(paths, VERSION)) {
      if (held.sizeOf(digest as Digest) === undefined) continue;
      // What it is said to be is what comes out, or nothing does.
      await politely(async () => {
        const content = await collect(held.open({ digest: digest as Digest, size }));
        equal(digestOf(content), digest);
      });
    }
  }),
  target("own-settings", [{ version: "1.4", $schema: "x" }, "\uFEFF{}"], async (bytes) => {
    const file = fileWith(bytes, "own.json");
    const before = readOwnSettings(file);
    if (Object.keys(before).length === 0) return;
    await changeOwnSetting(file, "version", "latest");
    const { version: _before, ...others } = before;
    equal(JSON.stringify(readOwnSettings(file)), JSON.stringify({ ...others, version: "latest" }));
  }),
];
