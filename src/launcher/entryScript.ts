import { ENTRY_STATE, READY_FILE } from "../config/environment.ts";
import { LAUNCHER_ARGUMENT } from "../launch/plan.ts";

/** A file on which the decision rests, and what it held; undefined where there was none. */
export interface Source {
  readonly path: string;
  readonly text: string | undefined;
}

/** What a command's script starts as long as its sources are what they were; the launcher in all other cases. */
export interface EntryPlan {
  readonly sources: readonly Source[];
  /** Undefined where the launcher has more to do than to run the program, at every start. */
  readonly fast?: FastStart | undefined;
}

export interface FastStart {
  readonly program: string;
  /** What loads it, on Linux. */
  readonly loader: string | undefined;
  /** Whether the script's own time, as a file, is the one at which a check is due; else none ever is. */
  readonly expires: boolean;
}

/** What holds for all scripts of a launcher. Paths are absolute. */
export interface EntryFacts {
  /** Node's name of the system. */
  readonly platform: string;
  readonly script: string;
  /** The launcher's executable. */
  readonly launcher: string;
  /** Newer than the launcher, unless somebody has put another one there. One of the sources. */
  readonly settled: string;
  /** Newer than the program, unless somebody has changed it. One of the sources. */
  readonly activation: string;
  /** Newer than the last check, and never newer than now. */
  readonly state: string;
  readonly news: string;
  /** What the places of all files were derived from. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Added to the script's path: a file that it writes to learn the time, which no other means of every shell tells. */
export const NOW_SUFFIX = "-now";

// With one of them set the launcher may decide otherwise.
const DECISIVE = ["SLIPWAY_VERSION", "SLIPWAY_CHANNEL", "SLIPWAY_UPDATE", "SLIPWAY_MIRROR", "SLIPWAY_NODE"];
const PLACES = ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"];

const HEAD = `#!/bin/sh
# The launcher has made this and makes it anew when something changes: what is written here by hand is lost.
# It starts the installed program by itself where the launcher would have nothing to do but that, without starting
# another program to find out. Names are long, because what a caller exports under the same name would be changed.
`;

// A line's end that is missing in the last line does not count.
const HOLDS = `
_slipway_holds() {
  [ -r "$1" ] || return 1
  _slipway_text=
  while IFS= read -r _slipway_line || [ -n "$_slipway_line" ]; do
    _slipway_text="$_slipway_text$_slipway_line
"
  done 2>/dev/null <"$1"
  [ "$_slipway_text" = "$2" ]
}
`;

const ANEW = `
_slipway_anew() {
  ${ENTRY_STATE}=stale
  export ${ENTRY_STATE}
}
`;

/** The script for a launcher that has just got its place, or is about to: it has that one make another. */
export function formatFirstEntry(launcher: string): string {
  return `${HEAD}${ANEW}
_slipway_anew
exec ${quote(launcher)} "$@"
`;
}

/**
 * The script for what was found out. It needs nothing but POSIX's builtins and \`-nt\`, which all shells have, some of
 * them to the second.
 */
export function formatEntry({ sources, fast }: EntryPlan, facts: EntryFacts): string {
  const launcher = `exec ${quote(facts.launcher)} "$@"`;
  const unchanged = [
    `! [ ${quote(facts.launcher)} -nt ${quote(facts.settled)} ]`,
    ...sources.map(formatSource),
    ...(fast === undefined ? [] : formatProgram(fast, facts)),
  ];
  return `${HEAD}${HOLDS}${ANEW}
if ${or([
    `[ "\${1-}" = ${LAUNCHER_ARGUMENT} ]`,
    `[ -n "${DECISIVE.map((name) => `\${${name}-}`).join("")}" ]`,
    ...PLACES.map((name) => `[ "\${${name}-}" != ${quote(facts.env[name] ?? "")} ]`),
    ...opened(facts.platform),
    `[ -e ${quote(facts.news)} ]`,
  ])}
then
  ${launcher}
fi

if ! { ${unchanged.join(" &&\n  ")}; }
then
  _slipway_anew
  ${launcher}
fi
${fast === undefined ? `\n${launcher}\n` : formatFast(fast, facts, launcher)}`;
}

function formatFast({ program, expires }: FastStart, { script, state }: EntryFacts, launcher: string): string {
  const now = quote(`${script}${NOW_SUFFIX}`);
  // Where the time cannot be learnt, or goes backwards, it is the launcher's affair.
  const due = `
if ! { echo >${now}; } 2>/dev/null ||
  [ ${now} -nt ${quote(script)} ] ||
  [ ${quote(state)} -nt ${now} ]
then
  ${launcher}
fi
`;
  return `${expires ? due : ""}
unset ${READY_FILE} ${ENTRY_STATE}
exec ${quote(program)} "$@"
`;
}

function formatSource({ path, text }: Source): string {
  if (text === undefined) return `! [ -e ${quote(path)} ]`;
  return `_slipway_holds ${quote(path)} ${quote(text === "" || text.endsWith("\n") ? text : `${text}\n`)}`;
}

function formatProgram({ program, loader }: FastStart, { activation }: EntryFacts): string[] {
  return [
    `[ -f ${quote(program)} ]`,
    `[ -s ${quote(program)} ]`,
    `[ -x ${quote(program)} ]`,
    `! [ ${quote(program)} -nt ${quote(activation)} ]`,
    ...(loader === undefined ? [] : [`[ -e ${quote(loader)} ]`]),
  ];
}

/** Whether a person may have opened it (`launch/start.ts`): then there may be windows and terminals to open. */
function opened(platform: string): string[] {
  if (platform === "darwin") return ['[ "$PPID" = 1 ]'];
  return [
    `{ [ -n "\${DISPLAY-}\${WAYLAND_DISPLAY-}" ] && ! [ -t 0 ] && ! [ -t 1 ] && ! [ -t 2 ] &&
    ! [ -p /dev/stdin ] && ! [ -S /dev/stdin ]; }`,
  ];
}

function or(conditions: readonly string[]): string {
  return conditions.join(" ||\n  ");
}

/** As a word of a shell, whatever it holds but null bytes. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
