import { resolve } from "node:path";
import { AppError } from "../errors.ts";
import { readCertificates, readEnvironmentCertificates } from "../registry/certificates.ts";
import { openRegistry, type RegistryClient, type RegistryOptions } from "../registry/client.ts";
import type { CredentialSource } from "../registry/credential.ts";
import { dockerCredentials } from "../registry/credentials.ts";
import { readProxySettings } from "../registry/proxy.ts";
import { withoutHostLogin } from "../redact.ts";
import { USER_AGENT } from "../version.ts";
import type { CommandContext } from "./command.ts";
import type { Place } from "./place.ts";

/** How the network is reached: options of every command that talks to a registry. */
export const REACH_OPTIONS = {
  "plain-http": { type: "string", multiple: true },
  insecure: { type: "string", multiple: true },
  "ca-file": { type: "string", multiple: true },
  proxy: { type: "string" },
} as const;

export const NETWORK_OPTIONS = {
  ...REACH_OPTIONS,
  anonymous: { type: "boolean" },
  username: { type: "string" },
  password: { type: "string" },
  "password-stdin": { type: "boolean" },
  token: { type: "string" },
} as const;

export const REACH_HELP = `  --plain-http HOST     speak to this registry without TLS (loopback always is)
  --insecure HOST       take this host's certificate unseen
  --ca-file FILE        trust these certificates too (PEM), as SSL_CERT_FILE does
  --proxy URL           instead of HTTPS_PROXY, HTTP_PROXY; NO_PROXY holds`;

export const NETWORK_HELP = `${REACH_HELP}
  --anonymous           use no stored login
  --username NAME --password-stdin
                        log in with this instead of Docker's stored login
  --token TOKEN         send this bearer token as it is`;

interface ReachValues {
  readonly "plain-http"?: readonly string[];
  readonly insecure?: readonly string[];
  readonly "ca-file"?: readonly string[];
  readonly proxy?: string;
}

interface NetworkValues extends ReachValues {
  readonly anonymous?: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly "password-stdin"?: boolean;
  readonly token?: string;
}

export async function openNetwork(context: CommandContext, values: NetworkValues): Promise<RegistryClient> {
  const credentials = await selectCredentials(context, values);
  return openRegistry({ ...strangerOptions(context, values), credentials });
}

/** How the network is reached by somebody who has no login here. @throws AppError `usage`, `config`. */
export function strangerOptions(context: CommandContext, values: ReachValues): RegistryOptions {
  const warn = (message: string): void => context.note(`warning: ${message}\n`);
  const plain = readHosts(values["plain-http"], "--plain-http");
  const insecure = readHosts(values.insecure, "--insecure");
  const given = (values["ca-file"] ?? []).flatMap((file) => readCertificates(resolve(context.cwd, file)));
  return {
    userAgent: USER_AGENT,
    plainHttp: (host) => plain.has(host),
    tls: {
      ca: () => [...readEnvironmentCertificates(context.env, warn), ...given],
      insecure: (host) => insecure.has(host),
    },
    proxy: readProxySettings(context.env, values.proxy),
    onWarning: warn,
  };
}

/**
 * A login that was given for one run would go to every registry of it.
 *
 * @throws AppError `usage` when there are several.
 */
export function refuseSharedLogin(values: NetworkValues, places: readonly Place[]): void {
  const hosts = new Set(places.flatMap((place) => (place.kind === "registry" ? [place.reference.host] : [])));
  const given = values.token !== undefined || values.username !== undefined || values.password !== undefined;
  if (!given || hosts.size < 2) return;
  throw new AppError("usage", `a login on the command line would go to all of ${[...hosts].join(", ")}`, {
    hint: [...hosts].map((host) => `Keep one for each instead: slipway login ${host}`).join("\n"),
  });
}

/** The option takes a host: it swallowed the reference when somebody wrote it as a mere switch. */
function readHosts(hosts: readonly string[] = [], option: string): ReadonlySet<string> {
  const wrong = hosts.find((host) => host === "" || /[/@]/.test(host));
  if (wrong === undefined) return new Set(hosts.map((host) => host.toLowerCase()));
  throw new AppError("usage", `${option} wants a host, got ${JSON.stringify(withoutHostLogin(wrong))}`, {
    hint: `Name the host alone, for example: ${option} ${wrong.replace(/^.*@/s, "").split("/")[0] || "registry.example:5000"}`,
  });
}

async function selectCredentials(context: CommandContext, values: NetworkValues): Promise<CredentialSource> {
  const { anonymous, username, password, token, "password-stdin": fromStdin } = values;
  const ways = [
    username !== undefined || password !== undefined || fromStdin === true,
    token !== undefined,
    anonymous === true,
  ];
  if (ways.filter(Boolean).length > 1) {
    throw new AppError("usage", "--anonymous, --token, and --username with a password exclude each other", {
      hint: "Leave all but one out.",
    });
  }
  // Of a file with Windows' line ends, for example: it would end the header that carries it.
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw new AppError("usage", "--token holds a space, a line break or another character that no token has", {
      hint: "Take the token alone, without what stands around it.",
    });
  }
  if (token !== undefined) return async () => ({ kind: "bearer", token });
  if (anonymous === true) return async () => undefined;
  if (username !== undefined || password !== undefined || fromStdin === true) {
    if (username === undefined || (password === undefined) === (fromStdin !== true)) {
      throw new AppError("usage", "--username and --password-stdin belong together", {
        hint: "For example: slipway tags REPO --username me --password-stdin < password.txt",
      });
    }
    if (password !== undefined)
      context.note("warning: --password stays in the shell's history; --password-stdin does not\n");
    const secret = password ?? (await readPassword(context.stdin));
    return async () => ({ kind: "basic", username, password: secret });
  }
  return dockerCredentials({
    env: context.env,
    home: context.home,
    onWarning: (message) => context.note(`warning: ${message}\n`),
  });
}

/** All of standard input but the line break that echo adds, which is no part of a password. */
export async function readPassword(stdin: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stdin) chunks.push(chunk);
  return Buffer.concat(chunks)
    .toString("utf8")
    .replace(/\r?\n$/, "");
}
