import { formatError } from "../errors.ts";

/** Does one thing after the other; one that fails stops no other. @returns a sentence for each that failed. */
export async function attemptAll(attempts: readonly (() => Promise<unknown>)[]): Promise<string[]> {
  const problems: string[] = [];
  for (const attempt of attempts) {
    try {
      await attempt();
    } catch (error) {
      problems.push(formatError(error));
    }
  }
  return problems;
}
