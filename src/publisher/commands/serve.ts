import { join, resolve } from "node:path";
import { placesOf } from "../../config/places.ts";
import { AppError } from "../../errors.ts";
import { digestOf, shortDigest } from "../../oci/digest.ts";
import { formatLogLine } from "../../server/gateway/watch/requestLog.ts";
import { type Gateway, startGateway } from "../../server/gateway/server.ts";
import { type Command, type CommandContext, noMoreArguments, printJson, readArguments } from "../command.ts";
import { NETWORK_HELP, NETWORK_OPTIONS, openNetwork, strangerOptions } from "../network.ts";
import { formatPlace, type Place, PLACES_HELP } from "../place.ts";
import { parseCount, parsePort, parseSize, parseTime } from "../quantities.ts";
import { openShelf } from "../sharing/openShelf.ts";
import { readSharedPlace } from "../sharing/sharedPlace.ts";

const DEFAULT_PORT = 8080;
const DEFAULT_RATE = 120;
const DEFAULT_DOWNLOADS = 8;
// Each of them holds a file open, and some memory.
const ALL_DOWNLOADS = 1000;

const OPTIONS = {
  ...NETWORK_OPTIONS,
  port: { type: "string" },
  host: { type: "string" },
  config: { type: "string" },
  "tls-cert": { type: "string" },
  "tls-key": { type: "string" },
  "trust-proxy": { type: "boolean" },
  "proxy-address": { type: "string", multiple: true },
  rate: { type: "string" },
  "max-downloads": { type: "string" },
  refresh: { type: "string" },
  cache: { type: "string" },
  "cache-size": { type: "string" },
  redirect: { type: "boolean" },
  grace: { type: "string" },
  "log-addresses": { type: "boolean" },
  json: { type: "boolean" },
} as const;

type Values = ReturnType<typeof readArguments<typeof OPTIONS>>["values"];

export const serve: Command = {
  name: "serve",
  summary: "run a download page with links that work for everyone",
  options: OPTIONS,
  help: `Usage: slipway serve [PLACE] [--port PORT] [--host ADDRESS]

Hands out what a repository offers, until it is interrupted: a page at /, the right file for the visitor's system at
/download, and addresses that stay, such as /windows-amd64 and /1.4.2/linux-amd64. Files arrive under their own names,
whole or not at all. Visitors never reach the registry through it, and it needs no more than a login that may read.

Without PLACE it is the repository of installer.json.

  --port PORT           default ${DEFAULT_PORT}; 0 takes any free one
  --host ADDRESS        default 127.0.0.1: only this computer can reach it
  --config FILE         another installer.json: whose signatures are wanted, and which channel is shown
  --tls-cert FILE       a certificate (PEM, with what signed it); read again when it changes
  --tls-key FILE        its key (PEM)
  --trust-proxy         believe X-Forwarded-For and Forwarded of proxies in the same house
  --proxy-address CIDR  and of this one; may be given several times, and means --trust-proxy
  --rate N              requests of one address in a minute, default ${DEFAULT_RATE}
  --max-downloads N     downloads of one address at once, default ${DEFAULT_DOWNLOADS}
  --refresh DURATION    how old what is offered may be, default 60s
  --cache DIR           where files are kept, one folder for each gateway that runs
  --cache-size SIZE     how much is kept there, default 5GB
  --redirect            send visitors to the registry for files that it gives to strangers
  --grace DURATION      how long downloads may go on after an interrupt, default 30s; a second one ends them
  --log-addresses       log visitors' whole addresses, and not the first part of them
  --json                print the address as JSON
${NETWORK_HELP}

Log lines are JSON, on standard error. /healthz tells whether it works, /metrics is for Prometheus and answers only to
computers of the same house. SIGHUP has certificate and offer read again.

${PLACES_HELP}

Examples:
  slipway serve ghcr.io/example/app --port 8080
  slipway serve --host 0.0.0.0 --port 443 --tls-cert fullchain.pem --tls-key privkey.pem
`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, OPTIONS);
    const [text, ...more] = positionals;
    noMoreArguments(more, "one place");
    const numbers = readNumbers(values);
    const tls = readTls(values, context.cwd);
    const { place, installer } = await readSharedPlace(text, { context, config: values.config });
    await using network = await openNetwork(context, values);
    const redirect = values.redirect === true;
    await using shelf = await openShelf(place, {
      network,
      cwd: context.cwd,
      installer,
      ...(redirect ? { stranger: strangerOptions(context, values) } : {}),
    });
    const { grace, cacheSize, rate, downloads, ...rest } = numbers;
    await using gateway = await startGateway({
      ...rest,
      shelf,
      // Who has to have signed what is offered is a part of what was offered.
      source: `${formatPlace(place)} ${digestOf(Buffer.from(JSON.stringify(installer ?? {})))}`,
      cache: { directory: cacheOf(values.cache, place, context), limit: cacheSize },
      limits: { rate, downloads, allDownloads: ALL_DOWNLOADS },
      proxies: readProxies(values),
      redirect,
      residentBytes: () => process.memoryUsage.rss(),
      log: (event) =>
        context.note(formatLogLine(event, { time: new Date(), fullAddresses: values["log-addresses"] === true })),
      ...(values.host === undefined ? {} : { host: values.host }),
      ...(tls === undefined ? {} : { tls }),
    });
    const { url, port } = gateway;
    // Whoever reads the address may ask for an end at once.
    const stopped = untilStopped(gateway, grace);
    if (values.json === true) printJson(context, { url, port, place: formatPlace(place) });
    else context.out(`${formatPlace(place)} at ${url}/; stop it with Ctrl-C\n`);
    await stopped;
  },
};

function readNumbers(values: Values) {
  return {
    port: parsePort(values.port, DEFAULT_PORT),
    rate: parseCount("--rate", values.rate, DEFAULT_RATE),
    downloads: parseCount("--max-downloads", values["max-downloads"], DEFAULT_DOWNLOADS),
    refresh: parseTime("--refresh", values.refresh, "60s"),
    grace: parseTime("--grace", values.grace, "30s"),
    cacheSize: parseSize("--cache-size", values["cache-size"], "5GB"),
  };
}

/** @throws AppError `usage`. */
function readTls(values: Values, cwd: string): { certificate: string; key: string } | undefined {
  const { "tls-cert": certificate, "tls-key": key } = values;
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate !== undefined && key !== undefined)
    return { certificate: resolve(cwd, certificate), key: resolve(cwd, key) };
  throw new AppError("usage", "--tls-cert and --tls-key belong together", { hint: "Give both, or none." });
}

function readProxies(values: Values): readonly string[] | undefined {
  const given = values["proxy-address"] ?? [];
  return values["trust-proxy"] === true || given.length > 0 ? given : undefined;
}

/** One for each place, so that two gateways do not clear away each other's files. */
function cacheOf(given: string | undefined, place: Place, { env, cwd, home }: CommandContext): string {
  if (given !== undefined) return resolve(cwd, given);
  const name = shortDigest(digestOf(Buffer.from(formatPlace(place))));
  const cache =
    env["SLIPWAY_CACHE"] ?? placesOf("slipway", { platform: process.platform, env, homedir: () => home }).cache;
  return join(cache, "gateway", name);
}

async function untilStopped(gateway: Gateway, grace: number): Promise<void> {
  const { promise, resolve: settle, reject } = Promise.withResolvers<void>();
  let asked = 0;
  const stop = (): void => {
    asked += 1;
    gateway.stop({ grace: asked === 1 ? grace : 0 }).then(settle, reject);
  };
  const reload = (): void => void gateway.reload();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
  // On Windows it says that the window was closed.
  if (process.platform !== "win32") process.on("SIGHUP", reload);
  await promise;
}
