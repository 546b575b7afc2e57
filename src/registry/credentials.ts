import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { systemCodeOf } from "../errors.ts";
import type { Credential, CredentialSource } from "./credential.ts";
import { askHelper } from "./credentialHelper.ts";
import { dockerConfigFile, isKeyOf, keysOf } from "./dockerConfig.ts";

export interface DockerCredentialOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly onWarning?: (message: string) => void;
}

/**
 * Logins that other tools stored: Docker's config file (`credHelpers`, `credsStore`, `auths`), then podman's. Whatever
 * is broken there is a warning, because most downloads need no login at all.
 */
export function dockerCredentials({
  env,
  home,
  onWarning = () => undefined,
}: DockerCredentialOptions): CredentialSource {
  // Empty is as good as unset; a path made from it would lead into the current folder.
  const { REGISTRY_AUTH_FILE: podman, XDG_RUNTIME_DIR: runtime } = env;
  const files = [
    dockerConfigFile(env, home),
    ...(podman === undefined || podman === "" ? [] : [podman]),
    ...(runtime === undefined || runtime === "" ? [] : [join(runtime, "containers", "auth.json")]),
  ];
  return async (host) => {
    for (const file of files) {
      const config = await readConfig(file, onWarning);
      if (config === undefined) continue;
      const found = await lookUp(config, host, { env, file, onWarning });
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

type Config = Readonly<Record<string, unknown>>;

async function readConfig(file: string, onWarning: (message: string) => void): Promise<Config | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, "utf8"));
    if (isRecord(value)) return value;
    onWarning(`${file} is not used: it holds no JSON object`);
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT" || systemCodeOf(error) === "ENOTDIR") return undefined;
    onWarning(
      `${file} is not used: ${error instanceof SyntaxError ? "it is not JSON" : (systemCodeOf(error) ?? "it cannot be read")}`,
    );
  }
  return undefined;
}

async function lookUp(
  config: Config,
  host: string,
  { env, file, onWarning }: { env: DockerCredentialOptions["env"]; file: string; onWarning: (message: string) => void },
): Promise<Credential | undefined> {
  const keys = keysOf(host);
  const [first = host] = keys;
  const helpers = isRecord(config["credHelpers"]) ? config["credHelpers"] : {};
  const special = keys.map((key) => helpers[key]).find((name) => typeof name === "string" && name !== "");
  const store =
    typeof config["credsStore"] === "string" && config["credsStore"] !== "" ? config["credsStore"] : undefined;
  const helper = typeof special === "string" ? special : store;
  if (helper !== undefined) {
    const found = await askHelper(helper, first, { env, onWarning });
    if (found !== undefined) return found;
  }
  const auths = isRecord(config["auths"]) ? config["auths"] : {};
  for (const [key, entry] of Object.entries(auths)) {
    if (!isKeyOf(host, key)) continue;
    const credential = parseEntry(entry);
    if (credential !== undefined) return credential;
    if (isRecord(entry) && Object.keys(entry).length > 0) onWarning(`${file}: the login for ${host} cannot be read`);
  }
  return undefined;
}

function parseEntry(entry: unknown): Credential | undefined {
  if (!isRecord(entry)) return undefined;
  const { auth, identitytoken, registrytoken, username, password } = entry;
  if (typeof identitytoken === "string" && identitytoken !== "")
    return { kind: "identity-token", token: identitytoken };
  if (typeof registrytoken === "string" && registrytoken !== "") return { kind: "bearer", token: registrytoken };
  if (typeof auth === "string" && auth !== "") {
    const text = Buffer.from(auth, "base64").toString("utf8");
    const colon = text.indexOf(":");
    // Docker pads with NULs; a password may hold colons.
    if (colon > 0)
      return { kind: "basic", username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, "") };
  }
  if (typeof username === "string" && typeof password === "string") return { kind: "basic", username, password };
  return undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
