import type { Dialogs, Message, ProgressState, ProgressWindow, ProgressWindowOptions } from "../dialogs.ts";
import { askHelper, startDetached, startHelper } from "../helper.ts";
import { findProgram } from "./findProgram.ts";

/** @param kdialog path of the program. Its progress window is spoken to over D-Bus, which takes a `qdbus` too. */
export function kdialogDialogs(kdialog: string, env: NodeJS.ProcessEnv): Dialogs {
  return {
    openProgress(options) {
      const qdbus = findProgram(["qdbus6", "qdbus-qt6", "qdbus-qt5", "qdbus"], env);
      return qdbus === undefined ? undefined : openProgress([kdialog, qdbus], env, options);
    },
    tell(message) {
      startDetached(kdialog, { args: [...windowArguments(message), "--error", richText(message.text)], env });
    },
    async ask(question) {
      const labels = ["--yes-label", question.yes, "--no-label", question.no];
      const args = [...windowArguments(question), ...labels, "--yesno", richText(question.text)];
      const code = (await askHelper(kdialog, { args, env }))?.code;
      if (code === 0) return true;
      return code === NO || code === CLOSED ? false : undefined;
    },
  };
}

// Where it has no display it is ended by a signal.
const NO = 1;
const CLOSED = 2;
const REDRAW_MS = 300;

/**
 * The window belongs to a process of its own that knows nothing of ours, and each change to it is a run of qdbus. The
 * shell between them takes the window away when its input ends, even if we are gone by then.
 */
const BRIDGE = `
kdialog=$1 qdbus=$2 skip=$3
shift 3
exec 3<&0
# The window may keep the pipe open, so there is no waiting for the end of what it writes.
"$kdialog" "$@" </dev/null 3<&- | {
  read -r service path || exit 1
  call() { "$qdbus" "$service" "$path" "$@" 2>/dev/null </dev/null; }
  change() { call org.freedesktop.DBus.Properties.Set org.kde.kdialog.ProgressDialog "$@" >/dev/null; }
  [ -z "$skip" ] || call showCancelButton true >/dev/null
  while read -r maximum && read -r value && read -r text; do
    # Where it was closed, there is nobody left to answer.
    if [ "$(call wasCancelled || echo true)" = true ]; then
      [ -z "$skip" ] || echo skip
      break
    fi
    change maximum "$maximum"
    change value "$value"
    call setLabelText "$text" >/dev/null
  done <&3
  kill "\${service##*-}" 2>/dev/null
}
`;

function openProgress(
  [kdialog, qdbus]: readonly [string, string],
  env: NodeJS.ProcessEnv,
  options: ProgressWindowOptions,
): ProgressWindow | undefined {
  const { skip, onSkip } = options;
  const window = [...windowArguments(options), "--progressbar", richText(options.text), "100"];
  const helper = startHelper("/bin/sh", {
    args: ["-c", BRIDGE, "sh", kdialog, qdbus, skip ?? "", ...window],
    env,
    onLine(line) {
      if (line !== "skip") return;
      close();
      onSkip?.();
    },
    onExit: () => clearInterval(timer),
  });
  if (helper === undefined) return undefined;
  let lines = progressLines({ text: options.text, share: undefined });
  let sent = "";
  const timer = setInterval(() => {
    // A pressed button is only learned of by asking.
    if (lines === sent && skip === undefined) return;
    sent = lines;
    helper.send(lines);
  }, REDRAW_MS);
  timer.unref();

  function close(): void {
    clearInterval(timer);
    helper?.stop("close input");
  }

  return {
    show(state) {
      lines = progressLines(state);
    },
    close,
  };
}

function progressLines({ text, share }: ProgressState): string {
  const known = share !== undefined && Number.isFinite(share);
  // A maximum of 0 means that there is no telling.
  const bar = known ? `100\n${Math.min(100, Math.max(0, Math.floor(share * 100)))}\n` : "0\n0\n";
  return `${bar}${richText(text)}\n`;
}

function windowArguments({ title, icon }: Message): string[] {
  return ["--title", title, ...(icon === undefined ? [] : ["--icon", icon])];
}

/** Qt guesses whether a text is HTML, and kdialog has escapes of its own: so it is HTML for sure, and on one line. */
function richText(text: string): string {
  const escaped = text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("\\", "&#92;")
    .replaceAll(/\r?\n/g, "<br>");
  return `<qt>${escaped}</qt>`;
}
