import { parseHost } from "../../oci/reference.ts";
import { dockerCredentials } from "../../registry/credentials.ts";
import { eraseLogin } from "../../registry/dockerConfig.ts";
import { type Command, onlyArgument, printJson, readArguments } from "../command.ts";

const OPTIONS = { json: { type: "boolean" } } as const;

export const logout: Command = {
  name: "logout",
  summary: "forget a login",
  options: OPTIONS,
  help: `Usage: slipway logout HOST

Takes the login for a registry out of Docker's credential store.

  --json                print JSON

Example:
  slipway logout ghcr.io
`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, OPTIONS);
    const host = parseHost(onlyArgument(positionals, "a registry's host"));
    const erased = await eraseLogin(host, context);
    if ((await dockerCredentials(context)(host)) !== undefined)
      context.note(
        `warning: another tool keeps a login for ${host}, which is used from now on; if podman: podman logout ${host}\n`,
      );
    if (values.json === true) return printJson(context, { host, erased });
    context.out(erased ? `logged out of ${host}\n` : `there was no login for ${host}\n`);
  },
};
