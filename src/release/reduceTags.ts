import { compareRanks, hasLowerNumbers, rankOf } from "./precedence.ts";
import {
  type Candidate,
  isPrerelease,
  MENTIONED,
  newestFirst,
  openFilter,
  parseTags,
  relaxQuestion,
  type VersionQuestion,
} from "./resolve.ts";

/** What matters to a question of a list of tags that comes in parts. */
export interface TagReduction {
  add(tags: readonly string[]): void;
  tags(): readonly string[];
}

// Registries list by name, and versions are mostly named in their order: of each part the end is looked at first, and
// most of what stands before it need not be parsed.
const STRIDE = 50;

/**
 * Keeps of all tags those that matter to the question: the newest that are allowed, `most` of them, and as long as there
 * are none those that `explainNoVersion` names. Both are the same as with all tags, whatever their order.
 */
export function openReduction(question: Omit<VersionQuestion, "tags">, most: number): TagReduction {
  const allowed = openNewest(openFilter(question), most);
  const any = openNewest(() => true, MENTIONED);
  const explaining = Object.values(relaxQuestion(question)).map((relaxed) =>
    openNewest(openFilter(relaxed), MENTIONED),
  );
  const mayExplain = openMayExplain(question);
  const addPart = (tags: readonly string[]): void => {
    const part = parseTags(tags.filter((tag) => !allowed.isBelow(tag)));
    allowed.add(part);
    if (allowed.tags().length > 0) return;
    any.add(part);
    const excluded = part.filter(({ version }) => mayExplain(version));
    for (const newest of explaining) newest.add(excluded);
  };
  return {
    add(tags) {
      for (let end = tags.length; end > 0; end -= STRIDE) addPart(tags.slice(Math.max(0, end - STRIDE), end));
    },
    tags() {
      if (allowed.tags().length > 0) return allowed.tags();
      return [...new Set([any, ...explaining].flatMap((newest) => newest.tags()))];
    },
  };
}

/** Whether a version that is not allowed might be, were the question relaxed: others need not be tried again. */
function openMayExplain({ installed, quarantined }: Omit<VersionQuestion, "tags">): (version: string) => boolean {
  const left = new Set(quarantined);
  const least = installed === undefined ? undefined : rankOf(installed);
  return (version) =>
    left.has(version) || isPrerelease(version) || (least !== undefined && compareRanks(rankOf(version), least) < 0);
}

function openNewest(isWanted: (version: string) => boolean, most: number) {
  let kept: readonly string[] = [];
  /** The lowest of those that are kept, when there are enough. */
  let floor: string | undefined;
  /** True only of what does not matter any more. */
  const isBelow = (tag: string): boolean => floor !== undefined && hasLowerNumbers(tag, floor);
  return {
    isBelow,
    add(candidates: readonly Candidate[]): void {
      const wanted = candidates.filter(({ version, tag }) => !isBelow(tag) && isWanted(version));
      if (wanted.length === 0) return;
      const all = newestFirst(parseTags([...kept, ...wanted.map(({ tag }) => tag)]));
      kept = all.slice(0, most).map(({ tag }) => tag);
      if (kept.length === most) floor = kept.at(-1);
    },
    tags: () => kept,
  };
}
