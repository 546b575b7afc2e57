import { AppError } from "../errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { formatReference, type Reference } from "../oci/reference.ts";
import type { TaggedStorage } from "../oci/storage.ts";
import { CODINGS, codingOf } from "../release/coding.ts";
import type { Coding } from "../release/download.ts";
import type { Packed } from "../release/pack.ts";
import { isSigned } from "../trust/releaseStatement.ts";
import { packCodings, packIcon } from "./attachments.ts";
import {
  areSameFiles,
  attachmentsOf,
  codingOfFile,
  isIcon,
  isOwnWork,
  type PublishedLaunchers,
  readPublishedLaunchers,
} from "./publishedLaunchers.ts";
import type { Attachments, AttachTarget, Kept, PackedProgram } from "./pushRelease.ts";
import { existsOtherwise } from "./staging.ts";

export interface LauncherWishes {
  readonly codings: readonly Coding[];
  /** A PNG for download pages. */
  readonly icon: Uint8Array | undefined;
  /** Whether to leave other files as they are that are published under the version. */
  readonly ifNew: boolean;
  /** Called before it takes a while. */
  readonly onCompress: (codings: readonly Coding[]) => void;
  readonly onKeep: (tag: string) => void;
}

interface LauncherTarget extends AttachTarget {
  readonly reference: Reference;
  readonly version: string;
}

/**
 * What goes along with launchers. What is published beside the very same file is not made anew, and stays.
 *
 * @throws AppError `cannot-create` for other files than are published, `usage` where a signature would be lost.
 */
export async function attachToLaunchers(
  programs: readonly PackedProgram[],
  to: LauncherTarget,
  wishes: LauncherWishes,
): Promise<Attachments | Kept> {
  const { target, before, force, reference } = to;
  const published = before === undefined ? undefined : await readPublishedLaunchers(target, before);
  const isSame = published !== undefined && areSameFiles(published.manifests, programs);
  if (before !== undefined && published !== undefined && !isSame && !force) {
    if (!wishes.ifNew) throw existsOtherwise(reference, before);
    wishes.onKeep(reference.tag ?? "");
    return { kept: before };
  }
  const icon = wishes.icon === undefined ? undefined : packIcon(wishes.icon);
  const plans = programs.map((program) =>
    planAttachments(program, published, { ...to, codings: wishes.codings, icon }),
  );
  if (isSame && !force && to.signers.length === 0 && isSigned(published.root) && plans.some(({ adds }) => adds))
    throw new AppError("usage", `${formatReference(reference)} is signed, which it would not be with more beside it`, {
      hint: "Name the key to sign it with: --sign-key FILE",
    });
  const made = await makeCodings(plans, to.workDirectory, wishes);
  return {
    layers: plans.map((plan) => orderLayers(plan, made, target)),
    joined: isSame ? published.root : undefined,
  };
}

interface Plan {
  readonly path: string;
  /** What is published, and stays as it is. */
  readonly reused: readonly Descriptor[];
  /** The codings that are to be made. */
  readonly missing: readonly Coding[];
  /** A picture that is not published. */
  readonly icon: Packed | undefined;
  /** Whether it becomes other than what is published. */
  readonly adds: boolean;
}

function planAttachments(
  program: PackedProgram,
  published: PublishedLaunchers | undefined,
  {
    codings,
    icon,
    force,
    signers,
    version,
  }: LauncherTarget & { readonly codings: readonly Coding[]; readonly icon: Packed | undefined },
): Plan {
  const there = published === undefined ? [] : attachmentsOf(published.manifests, program);
  const isWanted = (coding: Coding): boolean =>
    codings.includes(coding) || (!force && there.some((layer) => codingOfFile(layer, program) === coding));
  // Nobody's bytes are signed as the signer's own.
  const isTrusted = published !== undefined && (signers.length === 0 || isOwnWork(published.root, signers, version));
  const reused = there.filter((layer) => {
    if (!isTrusted) return false;
    if (isIcon(layer)) return icon === undefined ? !force : layer.digest === icon.descriptor.digest;
    const coding = codingOfFile(layer, program);
    return coding === undefined ? !force && codingOf(layer) === undefined : isWanted(coding);
  });
  // A zip is compressed already.
  const possible = program.path.endsWith(".zip") ? [] : CODINGS.filter(isWanted);
  const missing = possible.filter((coding) => !reused.some((layer) => codingOfFile(layer, program) === coding));
  const newIcon = reused.some(isIcon) ? undefined : icon;
  const adds = missing.length > 0 || newIcon !== undefined || reused.length < there.length;
  return { path: program.path, reused, missing, icon: newIcon, adds };
}

type MadeCodings = ReadonlyMap<Plan, readonly Packed[]>;

/** Of all platforms together: no more compress at once than the computer has room for. */
async function makeCodings(
  plans: readonly Plan[],
  workDirectory: string,
  { onCompress }: LauncherWishes,
): Promise<MadeCodings> {
  const wanted = plans.flatMap((plan) => plan.missing.map((coding) => ({ plan, path: plan.path, coding })));
  if (wanted.length > 0) onCompress(CODINGS.filter((coding) => wanted.some((one) => one.coding === coding)));
  const packed = await packCodings(wanted, workDirectory);
  const made = wanted.map(({ plan }, position) => ({ plan, packed: packed[position] }));
  return new Map(
    plans.map((plan) => [plan, made.flatMap((one) => (one.plan === plan && one.packed ? [one.packed] : []))]),
  );
}

/** As they were, where nothing is added: the same content is the same digest. */
function orderLayers(plan: Plan, made: MadeCodings, target: TaggedStorage): Packed[] {
  const reused = plan.reused.map((descriptor): Packed => ({
    descriptor,
    content: (offset) => target.fetch(descriptor, { offset }),
    release: () => undefined,
  }));
  const added = [...(made.get(plan) ?? []), ...(plan.icon === undefined ? [] : [plan.icon])];
  if (added.length === 0) return reused;
  return [...reused, ...added].sort((a, b) => rank(a.descriptor) - rank(b.descriptor));
}

/** Codings stand first, the smallest before the others. */
function rank(layer: Descriptor): number {
  const coding = codingOf(layer);
  return coding === undefined ? CODINGS.length : CODINGS.indexOf(coding);
}
