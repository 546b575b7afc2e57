import type { ProgressWindow, ProgressWindowOptions } from "./dialogs.ts";
import { asciiJson, startHelper } from "./helper.ts";

/**
 * A progress window that a script of ours draws: it reads states as lines of JSON, writes `skip` when the person does
 * not want to wait, and ends with its input.
 *
 * @returns undefined when the script's program cannot be started.
 */
export function openScriptWindow(
  program: string,
  {
    onSkip,
    ...start
  }: { readonly args: readonly string[]; readonly env: NodeJS.ProcessEnv } & Pick<ProgressWindowOptions, "onSkip">,
): ProgressWindow | undefined {
  const helper = startHelper(program, {
    ...start,
    onLine(line) {
      if (line !== "skip") return;
      helper?.stop("kill");
      onSkip?.();
    },
  });
  if (helper === undefined) return undefined;
  return {
    show: ({ text, share }) => helper.send(`${asciiJson({ text, share: share ?? null })}\n`),
    close: () => helper.stop("kill"),
  };
}
