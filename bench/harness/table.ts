/** A table in Markdown: numbers as they are, the first column as names. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const lines = [header, header.map((_, column) => (column === 0 ? "---" : "--:")), ...rows];
  console.log(`${lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}\n`);
}

/** How many times another a figure is. Nothing where there is no other. */
export function ratioTo(value: number, other: number | undefined): string {
  return other === undefined || !Number.isFinite(other) ? "" : (value / other).toFixed(2);
}

/** Of several times. */
export interface Summary {
  readonly least: number;
  readonly median: number;
}

export function summarize(times: readonly number[]): Summary {
  return { least: Math.min(...times), median: medianOf(times) };
}

/** How many times the other's these are. */
export function timesOf({ least, median }: Summary, other: Summary): string {
  return `${ratioTo(least, other.least)}, ${ratioTo(median, other.median)}`;
}

export function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
