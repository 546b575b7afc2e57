/**
 * Reads the text format of Prometheus (version 0.0.4) as strictly as `promtool check metrics`: each metric has its HELP
 * and TYPE before its samples, once, and stands in one piece.
 *
 * @returns values by name and labels, as they are written.
 * @throws Error for a line that is none.
 */
export function parseExposition(text: string): Record<string, number> {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const values: Record<string, number> = {};
  const described = new Set<string>();
  let current: { name: string; type: string | undefined } | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    const [, keyword, name = "", rest = ""] = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line) ?? [];
    if (keyword === "HELP") {
      if (described.has(name)) throw new Error(`${name} is described twice`);
      described.add(name);
      current = { name, type: undefined };
    } else if (keyword === "TYPE") {
      if (current?.name !== name || current.type !== undefined) throw new Error(`TYPE without its HELP: ${line}`);
      if (rest !== "counter" && rest !== "gauge") throw new Error(`no type: ${line}`);
      if ((rest === "counter") !== name.endsWith("_total")) throw new Error(`not called as a ${rest} is: ${name}`);
      current.type = rest;
    } else {
      const [, sample = "", labels = "", value = ""] = SAMPLE.exec(line) ?? [];
      if (sample === "" || current?.name !== sample || current.type === undefined)
        throw new Error(`no sample: ${line}`);
      const key = `${sample}${labels}`;
      if (key in values) throw new Error(`twice: ${key}`);
      values[key] = Number(value);
    }
  }
  return values;
}

const LABEL = String.raw`[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"`;
const SAMPLE = new RegExp(
  String.raw`^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{${LABEL}(?:,${LABEL})*\})? (\d+(?:\.\d+)?(?:e[+-]?\d+)?)$`,
);
