import type { Download } from "../../../release/download.ts";
import { formatPlatformPath } from "../../../release/download.ts";
import { formatMetrics, type Metric, openCounter, type Sample } from "./exposition.ts";

/** What became of a request. */
export interface Counted {
  /** A kind of route, and nothing that a visitor has written. */
  readonly route: string;
  readonly status: number;
  /** Of the body. */
  readonly bytes: number;
  readonly coding: string;
  /** Why it ended before its end, if it did. */
  readonly aborted: string | undefined;
}

/** What is so at the moment, as it is asked for. */
export interface Gauges {
  readonly downloadsRunning: number;
  readonly connections: number;
  /** Undefined before there is one. */
  readonly catalogAgeSeconds: number | undefined;
  readonly catalogStale: boolean;
  readonly cacheBytes: number;
  readonly cacheFiles: number;
  readonly residentBytes: number;
}

export interface Metrics {
  count(request: Counted): void;
  /** A file that was sent to its end. */
  countDownload(download: Pick<Download, "tag" | "platform">): void;
  countRefusal(limit: "rate" | "downloads" | "connections"): void;
  countRefresh(result: "ok" | "failed"): void;
  /** Content that was not what had been published. */
  countMismatch(where: "registry" | "disk"): void;
  format(gauges: Gauges): string;
}

// A label's values are ours, a status, or what the registry really has; this is for a repository with thousands of tags.
const LABEL_SETS = 500;

/** Counters since the start. */
export function openMetrics(): Metrics {
  const requests = openCounter(LABEL_SETS);
  const bytes = openCounter(LABEL_SETS);
  const downloads = openCounter(LABEL_SETS);
  const aborted = openCounter(LABEL_SETS);
  const refused = openCounter(LABEL_SETS);
  const refreshes = openCounter(LABEL_SETS);
  const mismatches = openCounter(LABEL_SETS);
  // A counter that begins at 0 shows its first increase as one.
  for (const limit of ["rate", "downloads", "connections"]) refused.add({ limit }, 0);
  for (const result of ["ok", "failed"]) refreshes.add({ result }, 0);
  for (const where of ["registry", "disk"]) mismatches.add({ where }, 0);
  const counters = (): Metric[] => [
    counter("requests_total", "Requests that were answered.", requests.samples()),
    counter("sent_bytes_total", "Bytes of bodies, as they travelled.", bytes.samples()),
    counter("downloads_total", "Files that were sent to their end.", downloads.samples()),
    counter("aborted_total", "Answers that ended before their end.", aborted.samples()),
    counter("refused_total", "Requests and connections refused because a visitor wanted too much.", refused.samples()),
    counter("refreshes_total", "Times that the catalog was read from the registry.", refreshes.samples()),
    counter("mismatches_total", "Content that was not what had been published.", mismatches.samples()),
  ];

  return {
    count({ route, status, bytes: sent, coding, aborted: reason }) {
      requests.add({ route, status: String(status) });
      if (sent > 0) bytes.add({ coding }, sent);
      if (reason !== undefined) aborted.add({ reason });
    },
    countDownload: ({ tag, platform }) =>
      downloads.add({ tag, platform: platform === undefined ? "any" : formatPlatformPath(platform) }),
    countRefusal: (limit) => refused.add({ limit }),
    countRefresh: (result) => refreshes.add({ result }),
    countMismatch: (where) => mismatches.add({ where }),
    format: (gauges) => formatMetrics([...counters(), ...gaugesOf(gauges)]),
  };
}

function gaugesOf(gauges: Gauges): Metric[] {
  const { catalogAgeSeconds: age } = gauges;
  return [
    gauge("slipway_gateway_downloads_running", "Downloads that run now.", gauges.downloadsRunning),
    gauge("slipway_gateway_connections", "Connections that are open now.", gauges.connections),
    ...(age === undefined
      ? []
      : [gauge("slipway_gateway_catalog_age_seconds", "Time since the registry told what is offered.", age)]),
    gauge("slipway_gateway_catalog_stale", "1 while the registry does not answer.", gauges.catalogStale ? 1 : 0),
    gauge("slipway_gateway_cache_bytes", "Content that is kept on disk.", gauges.cacheBytes),
    gauge("slipway_gateway_cache_files", "Files that are kept on disk.", gauges.cacheFiles),
    gauge("process_resident_memory_bytes", "Resident memory size in bytes.", gauges.residentBytes),
  ];
}

function counter(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name: `slipway_gateway_${name}`, type: "counter", help, samples };
}

function gauge(name: string, help: string, value: number): Metric {
  return { name, type: "gauge", help, samples: [{ labels: {}, value }] };
}
