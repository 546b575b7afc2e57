import { VERSION } from "../version.ts";
import type { CommandGroup } from "./commands.ts";

/** All commands on one screen of 30 lines of 80 characters. */
export function formatHelp(groups: readonly CommandGroup[]): string {
  const lines = groups.flatMap(({ title, commands }) =>
    commands.map(
      ({ name, summary }, position) => `${(position === 0 ? title : "").padEnd(8)} ${name.padEnd(10)} ${summary}`,
    ),
  );
  return `Slipway ${VERSION}: one file to double-click, from any OCI registry.
Usage: slipway COMMAND [OPTIONS]

${lines.join("\n")}

slipway COMMAND --help explains each; --json prints results for programs.
`;
}
