import { AppError } from "../../errors.ts";
import { type Command, onlyArgument, readArguments } from "../command.ts";
import { loadCommands } from "../commands.ts";
import { formatCompletion, SHELLS } from "../completion.ts";

const OPTIONS = {} as const;

export const completion: Command = {
  name: "completion",
  summary: "print the completions for a shell",
  options: OPTIONS,
  help: `Usage: slipway completion SHELL

Prints a script with which the shell completes commands and options. SHELL is one of ${SHELLS.join(", ")}.

  bash         slipway completion bash > ~/.local/share/bash-completion/completions/slipway
  zsh          slipway completion zsh > "\${fpath[1]}/_slipway"
  fish         slipway completion fish > ~/.config/fish/completions/slipway.fish
  powershell   slipway completion powershell >> $PROFILE

Example:
  source <(slipway completion bash)
`,
  async run(argv, context) {
    const { positionals } = readArguments(argv, OPTIONS);
    const wanted = onlyArgument(positionals, "a shell");
    const shell = SHELLS.find((name) => name === wanted);
    if (shell === undefined)
      throw new AppError("usage", `not a shell that is known: ${JSON.stringify(wanted)}`, {
        hint: `Choose from: ${SHELLS.join(", ")}.`,
      });
    const groups = await loadCommands();
    context.out(
      formatCompletion(
        shell,
        groups.flatMap(({ commands }) => commands),
      ),
    );
  },
};
