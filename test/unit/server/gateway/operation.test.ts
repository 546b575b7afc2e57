import { describe, expect, test } from "vitest";
import { parseExposition } from "../../../support/exposition.ts";
import { openGateway } from "./openGateway.ts";

describe("/metrics", () => {
  test("is for computers of the same house", async () => {
    await using server = await openGateway();
    await (await server.get("/linux-amd64")).arrayBuffer();
    const answer = await server.get("/metrics");
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(parseExposition(await answer.text())).toMatchObject({
      'slipway_gateway_downloads_total{tag="launcher-1.0.0",platform="linux-amd64"}': 1,
      'slipway_gateway_refreshes_total{result="ok"}': 1,
      slipway_gateway_downloads_running: 0,
      slipway_gateway_cache_files: 1,
    });
  });

  test.each([
    ["a stranger behind a trusted proxy", { "x-forwarded-for": "203.0.113.7" }, []],
    ["a stranger who claims to be a neighbour", { "x-forwarded-for": "10.0.0.1, 203.0.113.7" }, []],
    ["whoever comes through a proxy that nobody trusts", { "x-forwarded-for": "127.0.0.1" }, undefined],
    ["whoever comes through another one", { via: "1.1 proxy" }, undefined],
  ])("is not there for %s", async (_, headers, proxies) => {
    await using server = await openGateway({ proxies });
    const [hidden, nothing] = await Promise.all([server.get("/metrics", headers), server.get("/nothing", headers)]);
    expect([hidden.status, await hidden.text()]).toEqual([404, await nothing.text()]);
  });
});
