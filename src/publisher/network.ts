import { AppError } from "../errors.ts";
import { openRegistry, type RegistryClient, type RegistryOptions } from "../registry/client.ts";
import type { CredentialSource } from "../registry/credential.ts";
import { dockerCredentials } from "../registry/credentials.ts";
import { USER_AGENT } from "../version.ts";
import type { CommandContext } from "./command.ts";

/** Options of every command that talks to a registry. */
export const NETWORK_OPTIONS = {
  "plain-http": { type: "string", multiple: true },
  anonymous: { type: "boolean" },
  username: { type: "string" },
  "password-stdin": { type: "boolean" },
} as const;

export const NETWORK_HELP = `  --plain-http HOST     speak to this registry without TLS (loopback always is)
  --anonymous           use no stored login
  --username NAME --password-stdin
                        log in with this instead of Docker's stored login`;

interface NetworkValues {
  readonly "plain-http"?: readonly string[];
  readonly anonymous?: boolean;
  readonly username?: string;
  readonly "password-stdin"?: boolean;
}

export async function openNetwork(context: CommandContext, values: NetworkValues): Promise<RegistryClient> {
  const credentials = await selectCredentials(context, values);
  return openRegistry({ ...(await strangerOptions(context, values)), credentials });
}

/** How the network is reached by somebody who has no login here. */
export async function strangerOptions(context: CommandContext, values: NetworkValues): Promise<RegistryOptions> {
  const plain = new Set(values["plain-http"]);
  return {
    userAgent: USER_AGENT,
    plainHttp: (host) => plain.has(host),
    onWarning: (message) => context.note(`warning: ${message}\n`),
  };
}

async function selectCredentials(context: CommandContext, values: NetworkValues): Promise<CredentialSource> {
  const { anonymous, username, "password-stdin": fromStdin } = values;
  if (username !== undefined || fromStdin === true) {
    if (username === undefined || fromStdin !== true || anonymous === true) {
      throw new AppError("usage", "--username and --password-stdin belong together, and not with --anonymous", {
        hint: "For example: slipway tags REPO --username me --password-stdin < password.txt",
      });
    }
    const password = await readPassword(context.stdin);
    return async () => ({ kind: "basic", username, password });
  }
  if (anonymous === true) return async () => undefined;
  return dockerCredentials({
    env: context.env,
    home: context.home,
    onWarning: (message) => context.note(`warning: ${message}\n`),
  });
}

async function readPassword(stdin: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stdin) chunks.push(chunk);
  // The line break that echo adds is no part of a password.
  return Buffer.concat(chunks)
    .toString("utf8")
    .replace(/\r?\n$/, "");
}
