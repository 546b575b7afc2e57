import { AppError } from "../../errors.ts";
import { parseHost } from "../../oci/reference.ts";
import { storeLogin } from "../../registry/dockerConfig.ts";
import { checkLogin } from "../../registry/login.ts";
import { type Command, type CommandContext, onlyArgument, printJson, readArguments } from "../command.ts";
import { REACH_HELP, REACH_OPTIONS, readPassword, strangerOptions } from "../network.ts";

const OPTIONS = {
  ...REACH_OPTIONS,
  username: { type: "string", short: "u" },
  password: { type: "string", short: "p" },
  "password-stdin": { type: "boolean" },
  json: { type: "boolean" },
} as const;

export const login: Command = {
  name: "login",
  summary: "keep a login, in Docker's own credential store",
  options: OPTIONS,
  help: `Usage: slipway login HOST [-u NAME] [--password-stdin]

Tries a login and keeps it where Docker, oras and skopeo look for it too: in the credential helper that Docker's
config.json names, or in that file. Asks for what is missing.

  -u, --username NAME
  --password-stdin      read the password, or an access token, from standard input
  -p, --password TEXT   stays in the shell's history
  --json                print JSON
${REACH_HELP}

Example:
  echo "$TOKEN" | slipway login ghcr.io -u me --password-stdin
`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, OPTIONS);
    // What is one too many is mostly a password, and is not repeated.
    if (positionals.length > 1)
      throw new AppError("usage", "expected only a registry's host", {
        hint: "The name follows -u, the password comes from standard input: see --help.",
      });
    const host = parseHost(onlyArgument(positionals, "a registry's host"));
    const username = values.username ?? (await askFor(context, host, "Username: "));
    const password = await readSecret(context, host, values);
    if (username === "" || password === "")
      throw new AppError("usage", "the name or the password is empty", { hint: "Nothing was kept. Try again." });
    const result = await checkLogin(host, { kind: "basic", username, password }, strangerOptions(context, values));
    const place = await storeLogin(host, { username, password }, context);
    if (values.json === true) return printJson(context, { host, username, result, place });
    const where = place.kind === "helper" ? `docker-credential-${place.name}` : place.path;
    context.out(`logged in to ${host} as ${username}, kept in ${where}\n`);
    if (result === "not-needed") context.note(`warning: ${host} lets everybody in, and did not look at the login\n`);
    if (place.kind === "file")
      context.note("warning: the password lies there unencrypted; a credential helper would keep it safe\n");
  },
};

interface SecretValues {
  readonly password?: string;
  readonly "password-stdin"?: boolean;
}

async function readSecret(context: CommandContext, host: string, values: SecretValues): Promise<string> {
  const { password, "password-stdin": fromStdin } = values;
  if (password !== undefined && fromStdin === true)
    throw new AppError("usage", "--password and --password-stdin exclude each other", { hint: "Leave one out." });
  if (fromStdin === true) return await readPassword(context.stdin);
  if (password === undefined) return await askFor(context, host, "Password: ");
  context.note("warning: --password stays in the shell's history; --password-stdin does not\n");
  return password;
}

async function askFor({ ask }: CommandContext, host: string, question: string): Promise<string> {
  if (ask !== undefined) return await ask(question, { secret: question.startsWith("Password") });
  throw new AppError("usage", "there is no terminal to ask at", {
    hint: `Write: echo "$TOKEN" | slipway login ${host} -u NAME --password-stdin`,
  });
}
