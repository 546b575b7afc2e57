import { readLog, type LogEntry } from "../../store/log.ts";
import { formatTime, onOneLine } from "../../format.ts";
import { defineVerb } from "./verb.ts";

// One screen; all of it is in the file.
const LAST = 40;

export const log = defineVerb({
  usage: "log",
  summary: "what was decided lately, and why",
  async act({ context: { paths } }) {
    return { file: paths.log, entries: readLog(paths).slice(-LAST) };
  },
  format: ({ file, entries }) =>
    [...(entries.length === 0 ? ["Nothing was written down yet."] : entries.map(formatEntry)), `(${file})`].join("\n"),
});

export function formatEntry({ time, event, fields }: LogEntry): string {
  const words = Object.entries(fields).flatMap(([key, value]) =>
    value === undefined || value === null ? [] : [`${key} ${formatValue(value)}`],
  );
  return `${formatTime(time)}  ${event.replaceAll("-", " ")}${words.length === 0 ? "" : `: ${words.join(", ")}`}`;
}

function formatValue(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return onOneLine(text.replace(/\s*\n+\s*/g, " "));
}
