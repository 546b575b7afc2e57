import { AppError } from "../../errors.ts";
import { formatRepository } from "../../oci/reference.ts";
import type { FetchedManifest } from "../../oci/storage.ts";
import { prereleasesOf } from "../../config/settings.ts";
import { originOf } from "../../registry/endpoints.ts";
import { RegistryError } from "../../registry/registryError.ts";
import { whereToMakePublic } from "../../registry/statusError.ts";
import { selectVersions } from "../../release/resolve.ts";
import { parseVersionRequest } from "../../release/versionRequest.ts";
import { attempt, failed, failedBy, ok, type Verdict } from "./finding.ts";
import type { Patient } from "./patient.ts";

/** Whether a registry answers, and with a certificate that is good. */
export async function checkRegistry({ network, repository }: Patient): Promise<Verdict> {
  const answer = await attempt(async () => await network.ping(repository.host));
  // Who wants a login for its front door may still let strangers at a package.
  const answers = answer instanceof RegistryError && [401, 403, 404].includes(answer.status ?? 0);
  if (answer instanceof AppError && !answers) return failedBy(answer);
  return ok(`${repository.host} answers`);
}

/** What somebody without a login gets. */
export interface Access {
  readonly verdict: Verdict;
  /** Every tag; undefined when strangers get no list. */
  readonly tags: readonly string[] | undefined;
  /** The tag or digest that is looked at; undefined when there is none. */
  readonly label: string | undefined;
  readonly root: FetchedManifest | undefined;
  /** Why there is no root, although strangers are let in. */
  readonly missing: AppError | undefined;
}

type Client = Pick<Patient, "repository" | "tag" | "digest" | "installer" | "stranger" | "own">;

/** Whether anybody may list the tags and have the release. */
export async function askAsStranger(patient: Client): Promise<Access> {
  const { stranger } = patient;
  const tags = await attempt(async () => await stranger.tags());
  const listed = tags instanceof AppError ? undefined : tags;
  const label = patient.digest ?? patient.tag ?? newestTag(patient, listed ?? []);
  const root = label === undefined ? undefined : await attempt(async () => await stranger.fetchManifest(label));
  const found = root instanceof AppError ? undefined : root;
  const missing = root instanceof AppError ? root : undefined;
  const known = { tags: listed, label, root: found, missing };
  if (tags instanceof AppError)
    return { ...known, verdict: await judgeRefusal(patient, { error: tags, label, found }) };
  // The list is for anybody: what is not there is no question of logins.
  if (missing !== undefined && missing.code !== "not-found")
    return { ...known, verdict: await judgeRefusal(patient, { error: missing, label, found }) };
  const release = found === undefined ? "" : " and fetch the release";
  return { ...known, verdict: ok(`anybody may list the tags${release}, without a login`) };
}

/** The tag of the version that a new launcher takes. */
function newestTag({ installer }: Pick<Patient, "installer">, tags: readonly string[]): string | undefined {
  return selectVersions(questionOf(installer, tags))[0]?.tag;
}

export function questionOf(installer: Patient["installer"], tags: readonly string[]) {
  return {
    tags,
    request: parseVersionRequest(installer?.version ?? "latest"),
    prereleases: installer === undefined ? false : prereleasesOf(installer),
    quarantined: [],
  };
}

interface Refusal {
  readonly error: AppError;
  readonly label: string | undefined;
  readonly found: FetchedManifest | undefined;
}

async function judgeRefusal({ own, repository }: Client, { error, label, found }: Refusal): Promise<Verdict> {
  if (error.code !== "not-allowed" && error.code !== "not-found") return failedBy(error);
  const name = formatRepository(repository);
  const where = whereToMakePublic(originOf(repository.host, () => false).host);
  const publish =
    where === undefined
      ? `Make ${name} public, or let everybody read it, in the settings of ${repository.host}.`
      : `Make the package public, ${where}.`;
  if (found !== undefined)
    return failed(
      `a stranger gets the release, but no list of tags, by which launchers see versions: ${error.message}`,
      publish,
      "not-allowed",
    );
  const owned = await attempt(async () => {
    const tags = await own.tags();
    if (label !== undefined) await own.fetchManifest(label);
    return tags;
  });
  if (!(owned instanceof AppError))
    return failed(
      `${name} is private: your own login gets it, somebody without a login does not (${error.message})`,
      publish,
      "not-allowed",
    );
  if (error.code === "not-allowed" && owned.code === "not-allowed")
    return failed(
      `neither a stranger nor this computer's login gets it: ${error.message}`,
      `${publish} To have it looked at with your login: slipway login ${repository.host}`,
      "not-allowed",
    );
  return failed(
    `${name} is not there, not for strangers at least: ${error.message}`,
    `Check the name, and publish the program with: slipway push. If it is there: ${publish}`,
    "not-found",
  );
}
