import { AppError, EXIT_CODES } from "../../errors.ts";
import { formatBytes } from "../../format.ts";
import { parseReference, type Reference } from "../../oci/reference.ts";
import { type Command, onlyArgument, printJson, readArguments } from "../command.ts";
import { NETWORK_HELP, NETWORK_OPTIONS, openNetwork, refuseSharedLogin } from "../network.ts";
import { parsePlace, type Place, PLACES_HELP } from "../place.ts";
import { readConcurrency, TRANSFER_HELP, TRANSFER_OPTIONS } from "../transferOptions.ts";
import { showTransfer } from "../transferProgress.ts";
import { type Comparison, verifyPlaces } from "../verifyPlaces.ts";

const OPTIONS = { ...NETWORK_OPTIONS, ...TRANSFER_OPTIONS, from: { type: "string", multiple: true } } as const;

export const verify: Command = {
  name: "verify",
  summary: "fetch from several places and compare, byte for byte",
  options: OPTIONS,
  help: `Usage: slipway verify REFERENCE [--from PLACE]...

Fetches everything that the reference stands for, and the same through each other place, checks every byte against
its digest, and says which place has something else. Nothing is kept.

  --from PLACE          another place: a registry's host, HOST/NAME, or in full; may be given again
${TRANSFER_HELP}
${NETWORK_HELP}

${PLACES_HELP}

Example:
  slipway verify ghcr.io/example/app:1.2.0 --from registry.corp --from oci:./download:1.2.0
`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, OPTIONS);
    const first = parsePlace(onlyArgument(positionals, "a reference"));
    const places = [first, ...(values.from ?? []).map((text) => parseOther(text, first))];
    const concurrency = readConcurrency(values);
    refuseSharedLogin(values, places);
    await using network = await openNetwork(context, values);
    using progress = showTransfer(context, "fetching");
    const comparison = await verifyPlaces(places, {
      network,
      cwd: context.cwd,
      concurrency,
      onEvent: progress.onEvent,
    });
    progress[Symbol.dispose]();
    if (values.json === true) printJson(context, plain(comparison));
    else context.out(describeComparison(comparison));
    throwProblems(comparison);
  },
};

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
