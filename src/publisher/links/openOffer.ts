import type { Installer } from "../../config/installer.ts";
import { AppError } from "../../errors.ts";
import type { Reference } from "../../oci/reference.ts";
import type { FetchedManifest, TaggedStorage } from "../../oci/storage.ts";
import { firstOfUse, readBelieved } from "../sharing/believed.ts";
import { readOffered } from "../sharing/selectOffered.ts";

/** A release or launcher of which people get links. */
export interface Offer {
  readonly reference: Reference;
  readonly root: FetchedManifest;
  /** Why it was chosen, as a sentence; undefined where it was named. */
  readonly reason: string | undefined;
}

export interface OfferQuestion {
  /** What the launchers were built with: whom they believe, and which channel they follow. */
  readonly installer: Installer | undefined;
  readonly signal: AbortSignal;
}

/**
 * Opens what the reference names; without a tag what one hands to people: the newest launcher, or the newest version
 * where there is no launcher. @throws AppError `not-found`.
 */
export async function openOffer(storage: TaggedStorage, reference: Reference, question: OfferQuestion): Promise<Offer> {
  const named = reference.digest ?? reference.tag;
  if (named !== undefined) return { reference, root: await storage.fetchManifest(named, question), reason: undefined };
  const believed = await readBelieved(storage, question);
  const offered = await readOffered(believed, question.installer);
  const launcher = await firstOfUse(offered.launchers, async ({ tag, version }) => {
    const root = await storage.fetchManifest(tag, question);
    await believed.verify(root, { kind: "launcher", version });
    return { reference: { ...reference, tag }, root, reason: explainChoice(tag, "launcher") };
  });
  if (launcher !== undefined) return launcher;
  const release = await firstOfUse(offered.versions, async ({ tag, label, version }) => {
    const root = await storage.fetchManifest(label, question);
    await believed.verify(root, { kind: "program", version });
    return { reference: { ...reference, tag }, root, reason: explainChoice(tag, "program") };
  });
  if (release !== undefined) return release;
  throw new AppError("not-found", "there is neither a launcher nor a version", { hint: PUBLISH });
}

/** The version that people get, for a badge. @throws AppError `not-found`. */
export async function newestVersion(storage: TaggedStorage, question: OfferQuestion): Promise<string> {
  const { versions } = await readOffered(await readBelieved(storage, question), question.installer);
  const [newest] = versions;
  if (newest !== undefined) return newest.version;
  throw new AppError("not-found", "there is no version", { hint: PUBLISH });
}

const PUBLISH = "Publish one: slipway push 1.0.0 …, then slipway build and slipway push --launcher.";

/** For people. */
export function explainChoice(tag: string, kind: "launcher" | "program"): string {
  return `${tag} is the newest ${kind === "launcher" ? "launcher" : "version"}`;
}
