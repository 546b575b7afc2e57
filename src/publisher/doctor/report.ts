import { AppError } from "../../errors.ts";
import { onOneLine } from "../../format.ts";
import type { Finding } from "./finding.ts";

const MARKS = { ok: "ok", warning: "warning", failed: "FAILED", skipped: "skipped" } as const;
const NAME_WIDTH = 22;

/** A line with what was seen, and below it what to do. What a server said may not steer the terminal. */
export function formatFinding({ name, status, detail, fix }: Finding): string {
  const line = `${MARKS[status].padEnd(8)} ${name.padEnd(NAME_WIDTH)} ${onOneLine(detail)}\n`;
  if (fix === undefined) return line;
  const lines = fix.split("\n").map((text) => `${" ".repeat(9)}-> ${text}\n`);
  return `${line}${lines.join("")}`;
}

export function plainFinding({ name, status, detail, fix }: Finding) {
  return { name, status, detail, ...(fix === undefined ? {} : { fix }) };
}

export function summarize(findings: readonly Finding[]): string {
  const count = (wanted: Finding["status"]) => findings.filter(({ status }) => status === wanted).length;
  const warnings = count("warning");
  const more = warnings === 0 ? "" : `, with ${warnings} ${warnings === 1 ? "warning" : "warnings"}`;
  const left = count("skipped") === 0 ? "" : `; ${count("skipped")} skipped`;
  return `a stranger's computer gets it${more}${left}\n`;
}

/** @throws AppError of the first failure: those after it may come of it. */
export function throwFailure(findings: readonly Finding[]): void {
  const wrong = findings.filter(({ status }) => status === "failed");
  const [first] = wrong;
  if (first === undefined) return;
  const names = wrong.map(({ name }) => name).join(", ");
  throw new AppError(first.code ?? "bad-data", `${wrong.length} of ${findings.length} checks failed: ${names}`, {
    hint: "Begin with the first: others may come of it.",
  });
}
