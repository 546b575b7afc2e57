import { randomUUID } from "node:crypto";
import { mkdir, readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AppError, diskError, systemCodeOf } from "../errors.ts";
import { isTooDeep } from "../nesting.ts";
import { changeHelper } from "./credentialHelper.ts";

export interface DockerConfigOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

/** Where a login is kept now. */
export type LoginPlace =
  | { readonly kind: "helper"; readonly name: string }
  /** In the file itself, which anybody can decode who can read it. */
  | { readonly kind: "file"; readonly path: string };

// Docker's name for Docker Hub in its config file.
const DOCKER_HUB_KEY = "https://index.docker.io/v1/";

export function dockerConfigFile(env: DockerConfigOptions["env"], home: string): string {
  // Empty is as good as unset; a path made from it would lead into the current folder.
  const { DOCKER_CONFIG: folder } = env;
  return join(folder === undefined || folder === "" ? join(home, ".docker") : folder, "config.json");
}

/** The names under which a host's login may be, the one that Docker writes first. */
export function keysOf(host: string): string[] {
  return host === "docker.io" ? [DOCKER_HUB_KEY, "index.docker.io", "docker.io", "registry-1.docker.io"] : [host];
}

/** Whether the login under this key is the host's. */
export function isKeyOf(host: string, key: string): boolean {
  const keys = keysOf(host);
  return keys.includes(key) || keys.includes(normalizeKey(key));
}

/**
 * Keeps a login where Docker keeps its own: in the helper that its config file names, else in the file.
 *
 * @throws AppError `config` when the file cannot be understood, which is then left as it is; `unavailable`.
 */
export async function storeLogin(
  host: string,
  { username, password }: { readonly username: string; readonly password: string },
  options: DockerConfigOptions,
): Promise<LoginPlace> {
  const file = dockerConfigFile(options.env, options.home);
  const config = await readConfigStrictly(file);
  const [server = host] = keysOf(host);
  const helper = helperOf(config, host);
  if (helper !== undefined) {
    await changeHelper(helper, { verb: "store", server, username, secret: password }, options);
    const auths = recordOf(config["auths"]);
    // What an earlier login left in the file would lie there for ever, and count wherever the helper is missing.
    if (holdsLogin(auths, host))
      await writeConfig(file, { ...config, auths: { ...without(auths, host), [server]: {} } });
    return { kind: "helper", name: helper };
  }
  const auth = Buffer.from(`${username}:${password}`).toString("base64");
  await writeConfig(file, { ...config, auths: { ...without(recordOf(config["auths"]), host), [server]: { auth } } });
  return { kind: "file", path: file };
}

/** Forgets a login. @returns whether there may have been one. */
export async function eraseLogin(host: string, options: DockerConfigOptions): Promise<boolean> {
  const file = dockerConfigFile(options.env, options.home);
  const config = await readConfigStrictly(file);
  const [server = host] = keysOf(host);
  const helper = helperOf(config, host);
  if (helper !== undefined) await changeHelper(helper, { verb: "erase", server }, options);
  const before = recordOf(config["auths"]);
  const auths = without(before, host);
  const changed = Object.keys(auths).length < Object.keys(before).length;
  if (changed) await writeConfig(file, { ...config, auths });
  return changed || helper !== undefined;
}

type Config = Readonly<Record<string, unknown>>;

async function readConfigStrictly(file: string): Promise<Config> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return {};
    throw diskError(error, file);
  }
  try {
    const value: unknown = JSON.parse(text.trim() === "" ? "{}" : text);
    if (!isTooDeep(text) && typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Said below.
  }
  throw new AppError("config", `${file} is not JSON, and is left as it is`, { hint: "Mend it, or move it away." });
}

function helperOf(config: Config, host: string): string | undefined {
  const special = recordOf(config["credHelpers"]);
  const named = [...keysOf(host).map((key) => special[key]), config["credsStore"]];
  return named.find((name): name is string => typeof name === "string" && name !== "");
}

/** All logins but this host's, under whatever name. */
function without(auths: Config, host: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(auths).filter(([key]) => !isKeyOf(host, key)));
}

/** Docker leaves an empty entry where a helper keeps the login. */
function holdsLogin(auths: Config, host: string): boolean {
  return Object.entries(auths).some(([key, entry]) => isKeyOf(host, key) && Object.keys(recordOf(entry)).length > 0);
}

/** Beside and renamed; through a link to the file that it leads to. Only its owner may read it. */
async function writeConfig(file: string, config: Config): Promise<void> {
  const target = await realpath(file).catch(() => file);
  const beside = join(dirname(target), `.config-${randomUUID()}.json`);
  try {
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await writeFile(beside, `${JSON.stringify(config, undefined, "\t")}\n`, { mode: 0o600, flag: "wx" });
    await rename(beside, target);
  } catch (error) {
    await rm(beside, { force: true });
    throw diskError(error, target);
  }
}

function recordOf(value: unknown): Config {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** Older tools wrote `https://ghcr.io/v2/` where newer ones write `ghcr.io`. */
function normalizeKey(key: string): string {
  return key
    .replace(/^https?:\/\//, "")
    .replace(/\/(v[12]\/?)?$/, "")
    .toLowerCase();
}
