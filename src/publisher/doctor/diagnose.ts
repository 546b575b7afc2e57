import { type Finding, skipEach, skipped, type Verdict } from "./finding.ts";
import { checkLaunchers } from "./launchers.ts";
import { judgeLayers } from "./layers.ts";
import { readOffers } from "./offers.ts";
import type { Patient } from "./patient.ts";
import { judgePlatforms, readEarlier } from "./platforms.ts";
import { checkProgram } from "./programs.ts";
import { type Access, askAsStranger, checkRegistry } from "./reach.ts";
import { judgeTags } from "./tags.ts";
import { judgeUpdates } from "./updates.ts";
import { askForAll, checkRange, judgeContent, judgeRedirects } from "./transfers.ts";

/**
 * Walks the way of a stranger's computer to the program, and tells of each step when it is done.
 *
 * @param onChosen told the tag or digest that is looked at.
 */
export async function* diagnose(patient: Patient, onChosen: (label: string) => void): AsyncGenerator<Finding> {
  const registry = await checkRegistry(patient);
  yield named("registry", registry);
  if (registry.status === "failed") {
    yield* skipEach(["anonymous", "tags", ...OF_RELEASE, "launchers"], "there is no registry to ask");
    return;
  }
  const access = await askAsStranger(patient);
  if (access.label !== undefined) onChosen(access.label);
  yield named("anonymous", access.verdict);
  yield named("tags", judgeTags(patient, access));
  yield* diagnoseRelease(patient, access);
}

// Steps of which each needs the release itself.
const OF_RELEASE = [
  "index",
  "platforms",
  "layers",
  "content",
  "redirects",
  "range",
  "programs",
  "signatures",
  "updates",
];

async function* diagnoseRelease(patient: Patient, { tags, label, root, missing }: Access): AsyncGenerator<Finding> {
  const { stranger } = patient;
  if (root === undefined || label === undefined) {
    yield* skipEach(OF_RELEASE, missing?.message ?? "there is no release that strangers get");
    yield named("launchers", await checkLaunchers(stranger, tags, []));
    return;
  }
  const { verdict, offers } = await readOffers(stranger, root, label);
  yield named("index", verdict);
  yield named("platforms", judgePlatforms(offers, await readEarlier(stranger, tags ?? [], label)));
  yield named("layers", judgeLayers(offers));
  const asked = await askForAll(patient, offers);
  const { lost, ...content } = judgeContent(asked);
  yield named("content", content);
  yield named("redirects", judgeRedirects(asked));
  yield named("range", await checkRange(patient, asked));
  if (offers.length === 0) yield named("programs", skipped("there are none"));
  for (const offer of offers) yield* await checkProgram(patient, offer, lost);
  yield named("signatures", await patient.checkSignatures(root, { source: stranger, tags: tags ?? [], label }));
  yield named("launchers", await checkLaunchers(stranger, tags, offers));
  yield named("updates", judgeUpdates(offers));
}

function named(name: string, { status, detail, fix, code }: Verdict): Finding {
  return { name, status, detail, ...(fix === undefined ? {} : { fix }), ...(code === undefined ? {} : { code }) };
}
