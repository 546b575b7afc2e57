import type { Command } from "./command.ts";

export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;
export type Shell = (typeof SHELLS)[number];

type Completed = Pick<Command, "name" | "summary" | "options">;

// Options whose value is one of a few words, which are offered as well.
const VALUES: Readonly<Record<string, readonly string[]>> = {
  platform: ["linux/amd64", "linux/arm64", "darwin/arm64", "darwin/amd64", "windows/amd64"],
  compression: ["zstd", "gzip", "none"],
  format: ["files", "oci-layout", "oci-archive", "docker-archive"],
};

/** A script for the shell, made from what the commands declare: it starts nothing when it completes. */
export function formatCompletion(shell: Shell, commands: readonly Completed[]): string {
  const all = [...commands, { name: "help", summary: "explain a command", options: {} }];
  switch (shell) {
    case "bash":
      return formatBash(all);
    case "zsh":
      return formatZsh(all);
    case "fish":
      return formatFish(all);
    case "powershell":
      return formatPowershell(all);
  }
}

function optionsOf({ options }: Completed): string[] {
  return [...Object.keys(options), "help"].map((name) => `--${name}`);
}

function formatBash(commands: readonly Completed[]): string {
  const cases = commands
    .filter(({ name }) => name !== "help")
    .map((command) => `    ${command.name}) words="${optionsOf(command).join(" ")}" ;;`);
  const values = Object.entries(VALUES).map(
    ([name, words]) => `    --${name}) COMPREPLY=($(compgen -W "${words.join(" ")}" -- "$word")); return ;;`,
  );
  return `# bash completion for slipway
_slipway() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" words=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(" ")}" -- "$word"))
    return
  fi
  case "$before" in
${values.join("\n")}
  esac
  case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
    help) words="${commands.map(({ name }) => name).join(" ")}" ;;
  esac
  case "$word" in
    -*) COMPREPLY=($(compgen -W "$words" -- "$word")) ;;
    *) [ "\${COMP_WORDS[1]}" = help ] && COMPREPLY=($(compgen -W "$words" -- "$word")) ;;
  esac
}
complete -o default -F _slipway slipway
`;
}

function formatZsh(commands: readonly Completed[]): string {
  const list = commands.map(({ name, summary }) => `    '${name}:${quote(summary)}'`);
  const cases = commands
    .filter(({ name }) => name !== "help")
    .map((command) => {
      const specs = Object.entries(command.options).map(([name, { type }]) => {
        const values = VALUES[name];
        const value = type === "string" ? `:${name}:${values === undefined ? "_files" : `(${values.join(" ")})`}` : "";
        return `'*--${name}${type === "string" ? "=" : ""}[${name}]${value}'`;
      });
      return `      ${command.name}) _arguments ${[...specs, "'--help[explain]'", "'*:file:_files'"].join(" ")} ;;`;
    });
  return `#compdef slipway
_slipway() {
  local -a commands
  commands=(
${list.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join("\n")}
      help) _describe command commands ;;
  esac
}
if [ "$funcstack[1]" = _slipway ]; then _slipway "$@"; else compdef _slipway slipway; fi
`;
}

function formatFish(commands: readonly Completed[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  const lines = commands.flatMap((command) => [
    `complete -c slipway -f -n __fish_use_subcommand -a ${command.name} -d '${quote(command.summary)}'`,
    ...Object.entries(command.options).map(([name, { type }]) => {
      const values = VALUES[name];
      const value = type !== "string" ? "" : values === undefined ? " -r" : ` -x -a '${values.join(" ")}'`;
      return `complete -c slipway -n '__fish_seen_subcommand_from ${command.name}' -l ${name}${value}`;
    }),
  ]);
  return `# fish completion for slipway
${lines.join("\n")}
complete -c slipway -f -n '__fish_seen_subcommand_from help' -a '${names}'
`;
}

function formatPowershell(commands: readonly Completed[]): string {
  const cases = commands.map(
    (command) =>
      `    '${command.name}' { ${optionsOf(command)
        .map((option) => `'${option}'`)
        .join(", ")} }`,
  );
  return `# PowerShell completion for slipway
Register-ArgumentCompleter -Native -CommandName slipway -ScriptBlock {
  param($word, $ast, $position)
  $elements = @($ast.CommandElements | ForEach-Object { $_.ToString() })
  $first = $elements.Count -lt 2 -or ($elements.Count -eq 2 -and $word -ne '')
  $offered = if ($first) { ${commands.map(({ name }) => `'${name}'`).join(", ")} } else {
    switch ($elements[1]) {
${cases.join("\n")}
    }
  }
  $offered | Where-Object { $_ -like "$word*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`;
}

/** For a word in single quotes, as zsh's lists and fish read it. */
function quote(text: string): string {
  return text.replace(/[':\\]/g, (character) => (character === "'" ? "’" : character === ":" ? "\\:" : "\\\\"));
}
