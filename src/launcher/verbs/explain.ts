import { compareBuild } from "semver";
import { AppError, formatError } from "../../errors.ts";
import { formatTime } from "../../format.ts";
import { explainOmissions } from "../../release/omissions.ts";
import { newestFirst, parseTags } from "../../release/resolve.ts";
import { formatVersionRequest, type VersionRequest } from "../../release/versionRequest.ts";
import { type LogEntry, readLog } from "../../store/log.ts";
import { readState } from "../../store/state.ts";
import { readUsableActivation } from "../../store/usable.ts";
import type { Origin } from "../../update/context.ts";
import { type Answer, explainUpdates, type UpdateFacts } from "../../update/explain.ts";
import { doubtOf, findRelease } from "../../update/find.ts";
import { findPutOff } from "../../update/putOff.ts";
import { isCheckDue } from "../due.ts";
import type { Session } from "../session.ts";
import { readWish } from "../request.ts";
import { launcherWording } from "../remedies.ts";
import { CHECK_MS, defineVerb } from "./verb.ts";

// A screen of them; a repository may have thousands.
const MOST_OMITTED = 8;
const FAILURES: ReadonlySet<string> = new Set(["update-failed", "quarantined"]);

export const explain = defineVerb({
  usage: "explain",
  summary: "why it did or did not update, in sentences; it asks, and changes nothing",
  async act({ context, session }) {
    const { paths, installer } = context;
    const { request, settings, unreadable } = readWish(context);
    const { lastCheck } = readState(paths);
    const now = Date.now();
    const answer = await ask(await session(), request);
    const activation = readUsableActivation(paths);
    const entries = readLog(paths);
    const failure = entries.findLast(({ event }) => FAILURES.has(event));
    const facts = {
      app: installer.name,
      settings,
      unreadable,
      activation,
      fetched: findFetched(entries, activation?.current.digest),
      lastCheck,
      due: isCheckDue(context, now),
      now,
      answer,
      putOff: findPutOff(entries, [activation?.activatedAt, lastCheck]),
      lastFailure:
        failure === undefined
          ? undefined
          : {
              time: failure.time,
              error: String(failure.fields["error"] ?? failure.fields["reason"]).split("\n")[0] ?? "",
            },
    };
    return { sentences: explainUpdates(facts), answer, due: facts.due };
  },
  format: ({ sentences }) => sentences.join("\n"),
});

function findFetched(entries: readonly LogEntry[], digest: string | undefined): UpdateFacts["fetched"] {
  const installed = entries.findLast(({ event, fields }) => event === "installed" && fields["digest"] === digest);
  const { bytes, whole } = installed?.fields ?? {};
  return typeof bytes === "number" && typeof whole === "number" ? { bytes, whole } : undefined;
}

/** What the first repository that answers would have a start do; as in an update, one that is doubtful has others asked. */
async function ask(session: Session, request: VersionRequest): Promise<Answer> {
  const { update } = session;
  if (update.settings.updateWhen === "off") return { kind: "none", reason: "nobody is asked while updates are off." };
  let failure: unknown = new AppError("config", "no repository is configured");
  let doubtful: Answer | undefined;
  for (const origin of update.origins) {
    try {
      const { answer, isDoubtful } = await askOne(session, { origin, request });
      if (!isDoubtful) return answer;
      doubtful ??= answer;
    } catch (error) {
      failure = error;
    }
  }
  if (doubtful !== undefined) return doubtful;
  return { kind: "none", reason: formatError(failure, launcherWording).replace(/\n+/g, " ") };
}

async function askOne(
  { update }: Session,
  { origin, request }: { readonly origin: Origin; readonly request: VersionRequest },
): Promise<{ readonly answer: Answer; readonly isDoubtful: boolean }> {
  const { settings, paths } = update;
  const signal = AbortSignal.timeout(CHECK_MS);
  const activation = readUsableActivation(paths);
  const { quarantine } = readState(paths);
  const tags = await (await origin.open()).tags({ signal });
  const installed = activation?.current.version;
  let omitted = explainOmissions({
    tags,
    request,
    prereleases: settings.prereleases,
    quarantined: quarantine.map(({ version }) => version),
    ...(installed === undefined ? {} : { installed }),
  });
  const lacking: { version: string; reason: string }[] = [];
  const log = (event: string, fields: Readonly<Record<string, unknown>>): void => {
    if (event === "left-out") lacking.push({ version: String(fields["version"]), reason: String(fields["reason"]) });
    if (event === "channel") {
      const offers = new Set(Array.isArray(fields["offers"]) ? fields["offers"].map(String) : []);
      omitted = newestFirst(parseTags(tags))
        .filter(
          ({ version }) => !offers.has(version) && (installed === undefined || compareBuild(version, installed) > 0),
        )
        .map(({ version }) => ({ version, reason: `the channel ${String(fields["channel"])} does not offer it` }));
    }
    if (event !== "platform-missing") return;
    const offers = Array.isArray(fields["offers"]) ? fields["offers"].join(", ") : "";
    lacking.push({ version: String(fields["version"]), reason: `it is only for ${offers === "" ? "others" : offers}` });
  };
  let next: string | undefined;
  let isDoubtful = false;
  try {
    const finding = await findRelease({ ...update, log }, origin, { request, activation, quarantine, signal });
    isDoubtful = doubtOf(finding) !== undefined;
    if (finding.kind === "found") next = finding.release.version;
    if (finding.kind === "frozen")
      lacking.push({
        version: "What is newer",
        reason: `the publisher's list of versions expired on ${formatTime(finding.since)}`,
      });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "not-found") throw error;
    // What was asked for is not there: the sentence about it comes last.
    lacking.push({ version: formatVersionRequest(request), reason: error.message });
  }
  const answer = {
    kind: "answered",
    repository: origin.name,
    versions: parseTags(tags).length,
    omitted: [...lacking, ...omitted].slice(0, MOST_OMITTED),
    next,
  } as const;
  return { answer, isDoubtful };
}
