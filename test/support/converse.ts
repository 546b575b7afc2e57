import { spawn } from "node:child_process";
import { once } from "node:events";

export interface Conversation {
  readonly exitCode: number | null;
  /** All that the terminal showed. */
  readonly screen: string;
}

/** Runs a program at a terminal of its own (util-linux's script) and types each answer when its question is there. */
export async function converse(
  words: readonly string[],
  answers: readonly (readonly [question: string, typed: string])[],
  env: NodeJS.ProcessEnv,
): Promise<Conversation> {
  // In the shell's place: one that waits would be ended by what is meant for the program.
  const command = `exec ${words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ")}`;
  const child = spawn("script", ["-qefc", command, "/dev/null"], { env, stdio: ["pipe", "pipe", "inherit"] });
  const left = [...answers];
  let screen = "";
  let read = 0;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen += text;
    const [question, typed = ""] = left[0] ?? [];
    const found = question === undefined ? -1 : screen.indexOf(question, read);
    if (found === -1) return;
    read = found;
    left.shift();
    child.stdin.write(typed);
  });
  const [exitCode] = (await once(child, "close")) as [number | null];
  return { exitCode, screen };
}
