import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import * as v from "valibot";
import { writeFileAtomically } from "./atomic.ts";
import { refuseNewer } from "./newer.ts";
import type { StorePaths } from "./paths.ts";

const channelSchema = v.object({
  /** Ids of the keys that had signed it: it is nobody's word any more when all of them are replaced. */
  keys: v.array(v.string()),
  sequence: v.number(),
  /** Of the document that was seen: another one with the same number is not the same. */
  digest: v.string(),
  /** RFC 3339, both. */
  issued: v.string(),
  expires: v.exactOptional(v.string()),
  yanked: v.optional(v.array(v.object({ version: v.string(), reason: v.string() })), []),
  /** Whether it was left for the person to read that this one has expired. */
  told: v.optional(v.boolean(), false),
});

const keysSchema = v.object({
  sequence: v.number(),
  keys: v.array(v.string()),
  threshold: v.number(),
  recovery: v.array(v.string()),
  /** Fingerprints of the keyrings that led to this one, its own the last of them: it holds for launchers with these. */
  from: v.array(v.string()),
});

/** What a channel's newest document said. */
export type SeenChannel = v.InferOutput<typeof channelSchema>;

/**
 * The newest of what was signed, so that nobody can offer what came before it (TUF 1.5.1 "rollback attack"). Unlike the
 * state it is not rewritten for anything else.
 */
export interface TrustRecord {
  readonly schema: 1;
  /** Keys that a statement introduced, in the place of those that the launcher was built with. */
  readonly keys?: v.InferOutput<typeof keysSchema>;
  /** By the channel's tag. */
  readonly channels: Readonly<Record<string, SeenChannel>>;
}

/** Each part by itself: what is damaged or missing is as if it had never been seen. Keys of a newer launcher are kept. */
export function readTrustRecord(paths: StorePaths): TrustRecord {
  const { keys, channels, ...others } = readObject(paths.trust);
  const readKeys = v.safeParse(keysSchema, keys);
  const readChannels = Object.entries(typeof channels === "object" && channels !== null ? channels : {}).flatMap(
    ([tag, value]) => {
      const result = v.safeParse(channelSchema, value);
      return result.success ? [[tag, result.output] as const] : [];
    },
  );
  return {
    ...others,
    schema: 1,
    channels: Object.fromEntries(readChannels),
    ...(readKeys.success ? { keys: readKeys.output } : {}),
  };
}

/** Reads, changes, writes; the caller holds the lock. @throws AppError `config` for a newer launcher's; `io`, `cannot-create`. */
export async function updateTrustRecord(
  paths: StorePaths,
  change: (record: TrustRecord) => TrustRecord,
): Promise<void> {
  refuseNewer(paths.trust, readObject(paths.trust)["schema"]);
  const before = readTrustRecord(paths);
  const after = change(before);
  // Nearly every check: what was seen before is seen again.
  if (isDeepStrictEqual(after, before)) return;
  await writeFileAtomically(paths.trust, `${JSON.stringify(after, undefined, 2)}\n`);
}

function readObject(path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : {};
  } catch {
    return {};
  }
}
