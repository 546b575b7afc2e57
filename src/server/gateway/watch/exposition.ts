/** A metric's values, each under its labels. */
export interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A number that only grows, for each set of labels. */
export interface Counter {
  add(labels: Readonly<Record<string, string>>, value?: number): void;
  samples(): readonly Sample[];
}

const OTHER = "other";

/** @param limit sets of labels, at most: what comes after them is counted as `other`. */
export function openCounter(limit: number): Counter {
  const samples = new Map<string, { readonly labels: Readonly<Record<string, string>>; value: number }>();
  return {
    add(labels, value = 1) {
      const key = JSON.stringify(labels);
      const known = samples.get(key);
      if (known !== undefined) {
        known.value += value;
        return;
      }
      if (samples.size < limit) {
        samples.set(key, { labels, value });
        return;
      }
      const others = Object.fromEntries(Object.keys(labels).map((name) => [name, OTHER]));
      const rest = samples.get(OTHER);
      samples.set(OTHER, { labels: others, value: (rest?.value ?? 0) + value });
    },
    samples: () => [...samples.values()],
  };
}

/** Content-Type of the text format of Prometheus, version 0.0.4. */
export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export function formatMetrics(metrics: readonly Metric[]): string {
  return metrics
    .map(({ name, type, help, samples }) => {
      const lines = samples.map(({ labels, value }) => `${name}${formatLabels(labels)} ${value}\n`);
      return `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n# TYPE ${name} ${type}\n${lines.join("")}`;
    })
    .join("");
}

function formatLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
