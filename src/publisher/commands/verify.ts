import type { Installer } from "../../config/installer.ts";
import { AppError, EXIT_CODES } from "../../errors.ts";
import { formatBytes } from "../../format.ts";
import { parseReference, type Reference } from "../../oci/reference.ts";
import { type Command, onlyArgument, printJson, readArguments } from "../command.ts";
import { NETWORK_HELP, NETWORK_OPTIONS, openNetwork, refuseSharedLogin } from "../network.ts";
import type { RepositoryClient } from "../../registry/client.ts";
import { shortKey } from "../../trust/publicKey.ts";
import type { VerifiedRelease } from "../../trust/verifyRelease.ts";
import { checkSignature, type SignatureQuestion } from "../checkSignature.ts";
import { readInstallerFor } from "../installerFile.ts";
import { openPublicKeys } from "../signingKeys.ts";
import { currentKeys, tagsOf } from "../trust.ts";
import { parsePlace, type Place, PLACES_HELP } from "../place.ts";
import { readConcurrency, TRANSFER_HELP, TRANSFER_OPTIONS } from "../transferOptions.ts";
import { showTransfer } from "../transferProgress.ts";
import { type Comparison, verifyPlaces } from "../verifyPlaces.ts";

const OPTIONS = {
  ...NETWORK_OPTIONS,
  ...TRANSFER_OPTIONS,
  from: { type: "string", multiple: true },
  key: { type: "string", multiple: true },
  id: { type: "string" },
  config: { type: "string" },
} as const;

export const verify: Command = {
  name: "verify",
  summary: "check a release's signature, and every byte of it",
  options: OPTIONS,
  help: `Usage: slipway verify REFERENCE [--key FILE.pub]... [--from PLACE]...

Fetches everything that the reference stands for, and the same through each other place, checks every byte against
its digest, and says which place has something else. Nothing is kept. The signature, Slipway's or cosign's, is judged
as a launcher does it: by the keys that are named, or else by installer.json's.

  --key FILE            a public key (PEM), or env://NAME; each that is named has to have signed
  --id ID               whose release it has to be; default: installer.json's id
  --config FILE         default installer.json, if it is about this repository
  --from PLACE          another place: a registry's host, HOST/NAME, or in full; may be given again
${TRANSFER_HELP}
${NETWORK_HELP}

${PLACES_HELP}

Examples:
  slipway verify ghcr.io/example/app:1.2.0 --key slipway.pub
  slipway verify ghcr.io/example/app:1.2.0 --from registry.corp --from oci:./download:1.2.0
`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, OPTIONS);
    const first = parsePlace(onlyArgument(positionals, "a reference"));
    const places = [first, ...(values.from ?? []).map((text) => parseOther(text, first))];
    const concurrency = readConcurrency(values);
    refuseSharedLogin(values, places);
    const given = await openPublicKeys(values.key ?? [], context);
    const installer = await readInstallerFor(first.kind === "registry" ? first.reference : ANYWHERE, {
      context,
      config: values.config,
    });
    await using network = await openNetwork(context, values);
    const trusted =
      installer === undefined || first.kind !== "registry" || given.length > 0
        ? undefined
        : await keysOf(installer, network.repository(first.reference));
    const quorum = given.length > 0 ? { keys: given, threshold: given.length } : trusted;
    using progress = showTransfer(context, "fetching");
    const comparison = await verifyPlaces(places, {
      network,
      cwd: context.cwd,
      concurrency,
      onEvent: progress.onEvent,
    });
    progress[Symbol.dispose]();
    const question = { network, cwd: context.cwd, id: values.id ?? installer?.id };
    const signature = quorum === undefined ? undefined : await judge(places, { ...question, quorum });
    if (values.json === true)
      printJson(context, {
        ...plain(comparison),
        signature: signature === undefined ? { checked: false } : { checked: true, ...plainJudgement(signature) },
      });
    else
      context.out(
        `${describeComparison(comparison)}${signature === undefined ? UNCHECKED : describeJudgement(signature)}`,
      );
    throwProblems(comparison);
    if (signature?.problem !== undefined) throw signature.problem;
  },
};

/** Of content that is in no registry, no installer.json is known to be about it. */
const ANYWHERE = { host: "", name: "" };

async function keysOf(installer: Installer, repository: RepositoryClient) {
  return await currentKeys(installer, repository, await tagsOf(repository));
}

interface Judgement {
  readonly release: VerifiedRelease | undefined;
  readonly problem: AppError | undefined;
}

/** All places have the same content by now, or are about to be complained of: the first one's signature is theirs. */
async function judge([place]: readonly Place[], question: SignatureQuestion): Promise<Judgement> {
  try {
    return { release: place === undefined ? undefined : await checkSignature(place, question), problem: undefined };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { release: undefined, problem: error };
  }
}

const UNCHECKED =
  "signature not looked at, because nobody says whose it should be: --key FILE.pub, or keys in installer.json\n";

function describeJudgement({ release, problem }: Judgement): string {
  if (release === undefined) return `NOT SIGNED: ${problem?.message ?? ""}\n`;
  const what = [release.id, release.version].filter((part) => part !== undefined).join(" ");
  const how = release.by === "cosign" ? ", with cosign" : "";
  return `signed by ${release.signers.map(({ id }) => shortKey(id)).join(", ")}${what === "" ? "" : ` as ${what}`}${how}\n`;
}

function plainJudgement({ release, problem }: Judgement) {
  if (release === undefined) return { valid: false, problem: problem?.message };
  const { by, id, version, signers } = release;
  return { valid: true, by, id, version, keys: signers.map((key) => key.id) };
}

/** What is left out is as in the first place. */
function parseOther(text: string, first: Place): Place {
  if (first.kind !== "registry") return parsePlace(text);
  const { name } = first.reference;
  if (isHostAlone(text))
    return { kind: "registry", reference: { ...parseReference(`${text}/${name}`), ...labels(first.reference) } };
  const place = parsePlace(text);
  if (place.kind !== "registry" || place.reference.tag !== undefined || place.reference.digest !== undefined)
    return place;
  return { kind: "registry", reference: { ...place.reference, ...labels(first.reference) } };
}

function isHostAlone(text: string): boolean {
  return !text.includes("/") && !/^(oci|oci-archive|docker-archive):/.test(text) && !text.endsWith(".tar");
}

function labels({ tag, digest }: Reference): Pick<Reference, "tag" | "digest"> {
  return { ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

function describeComparison({ places, digest, differences }: Comparison): string {
  const lines = places.map((place) => {
    if (place.problem !== undefined) return `FAILED   ${place.place}: ${place.problem.message}`;
    const word = place.digest === digest ? "same   " : "DIFFERS";
    return `${word}  ${place.place}  ${place.digest}  ${formatBytes(place.bytes)} verified`;
  });
  const details = differences.flatMap(({ name, digests }) => [
    `${name}:`,
    ...digests.flatMap((found, position) => {
      const place = places[position];
      return place?.digest === undefined ? [] : [`  ${found ?? "not there"}  ${place.place}`];
    }),
  ]);
  return `${[...lines, ...details].join("\n")}\n`;
}

function throwProblems({ different, failed, places }: Comparison): void {
  if (different.length > 0) {
    throw new AppError("bad-data", `not the same everywhere: ${different.map(({ place }) => place).join(", ")}`, {
      hint:
        places.length > 2
          ? "Do not use what differs, and tell the publisher."
          : "One of the two is not what was published. A third place tells which: --from PLACE",
    });
  }
  const [first] = failed;
  if (first?.problem === undefined) return;
  const { problem } = first;
  throw new AppError(problem.code, `${failed.length} of ${places.length} places could not be verified`, {
    hint: problem.hint,
    remedy: problem.remedy,
    cause: problem,
  });
}

function plain({ places, digest, differences }: Comparison) {
  return {
    digest,
    places: places.map(({ problem, ...place }) => ({
      ...place,
      ...(problem === undefined ? {} : { problem: problem.message, exitCode: EXIT_CODES[problem.code] }),
    })),
    differences,
  };
}
