import { describe, expect, test } from "vitest";
import { formatMetrics, openCounter } from "../../../../../src/server/gateway/watch/exposition.ts";
import { openMetrics } from "../../../../../src/server/gateway/watch/metrics.ts";
import { parseExposition } from "../../../../support/exposition.ts";

const gauges = {
  downloadsRunning: 2,
  connections: 3,
  catalogAgeSeconds: 1.5,
  catalogStale: true,
  cacheBytes: 90_000_000,
  cacheFiles: 4,
  residentBytes: 100_000_000,
};

describe("metrics", () => {
  test("count what became of requests", () => {
    const metrics = openMetrics();
    const request = { route: "file", status: 200, bytes: 10, coding: "zstd", aborted: undefined };
    metrics.count(request);
    metrics.count({ ...request, bytes: 5, aborted: "left" });
    metrics.count({ route: "page", status: 304, bytes: 0, coding: "identity", aborted: undefined });
    metrics.countDownload({ tag: "1.0.0", platform: { os: "linux", architecture: "arm", variant: "v7" } });
    metrics.countDownload({ tag: "1.0.0", platform: undefined });
    metrics.countRefusal("rate");
    metrics.countRefresh("failed");
    metrics.countMismatch("registry");
    expect(parseExposition(metrics.format(gauges))).toEqual({
      'slipway_gateway_requests_total{route="file",status="200"}': 2,
      'slipway_gateway_requests_total{route="page",status="304"}': 1,
      'slipway_gateway_sent_bytes_total{coding="zstd"}': 15,
      'slipway_gateway_downloads_total{tag="1.0.0",platform="linux-arm-v7"}': 1,
      'slipway_gateway_downloads_total{tag="1.0.0",platform="any"}': 1,
      'slipway_gateway_aborted_total{reason="left"}': 1,
      'slipway_gateway_refused_total{limit="rate"}': 1,
      'slipway_gateway_refused_total{limit="downloads"}': 0,
      'slipway_gateway_refused_total{limit="connections"}': 0,
      'slipway_gateway_refreshes_total{result="ok"}': 0,
      'slipway_gateway_refreshes_total{result="failed"}': 1,
      'slipway_gateway_mismatches_total{where="registry"}': 1,
      'slipway_gateway_mismatches_total{where="disk"}': 0,
      slipway_gateway_downloads_running: 2,
      slipway_gateway_connections: 3,
      slipway_gateway_catalog_age_seconds: 1.5,
      slipway_gateway_catalog_stale: 1,
      slipway_gateway_cache_bytes: 90_000_000,
      slipway_gateway_cache_files: 4,
      process_resident_memory_bytes: 100_000_000,
    });
  });

  test("say no age of a catalog that nobody has read", () => {
    const text = openMetrics().format({ ...gauges, catalogAgeSeconds: undefined });
    expect(text).not.toContain("catalog_age");
  });

  test("are bounded: what comes after so many is counted as others", () => {
    const counter = openCounter(3);
    for (let index = 0; index < 1000; index += 1) counter.add({ tag: `1.0.${index}` });
    counter.add({ tag: "1.0.0" });
    expect(counter.samples()).toEqual([
      { labels: { tag: "1.0.0" }, value: 2 },
      { labels: { tag: "1.0.1" }, value: 1 },
      { labels: { tag: "1.0.2" }, value: 1 },
      { labels: { tag: "other" }, value: 997 },
    ]);
  });

  test("hold no line that a label could have made", () => {
    const samples = [{ labels: { tag: 'a"} 1\nevil_total{x="\\' }, value: 1 }];
    const text = formatMetrics([{ name: "good_total", type: "counter", help: "One\nTwo \\", samples }]);
    expect(text).toBe(
      '# HELP good_total One\\nTwo \\\\\n# TYPE good_total counter\ngood_total{tag="a\\"} 1\\nevil_total{x=\\"\\\\"} 1\n',
    );
  });
});
