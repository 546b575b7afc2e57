import { parseHost } from "../../oci/reference.ts";
import { type Command, onlyArgument, printJson, readArguments } from "../command.ts";
import { NETWORK_HELP, NETWORK_OPTIONS, openNetwork } from "../network.ts";

const OPTIONS = { ...NETWORK_OPTIONS, json: { type: "boolean" } } as const;

export const ls: Command = {
  name: "ls",
  summary: "list the repositories of a registry",
  options: OPTIONS,
  help: `Usage: slipway ls HOST[/PREFIX]

Lists repositories, of a registry that tells: the large public ones do not.

  --json                print JSON
${NETWORK_HELP}

Example:
  slipway ls localhost:5000
`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, OPTIONS);
    const place = onlyArgument(positionals, "a registry's host").replace(/^https?:\/\//, "");
    const [first = "", ...rest] = place.split("/");
    const host = parseHost(first);
    const prefix = rest.join("/").replace(/\/$/, "");
    await using network = await openNetwork(context, values);
    const all = await network.repositories(host);
    const chosen = all.filter((name) => prefix === "" || name === prefix || name.startsWith(`${prefix}/`)).sort();
    if (values.json === true) return printJson(context, { host, repositories: chosen });
    context.out(chosen.map((name) => `${name}\n`).join(""));
  },
};
