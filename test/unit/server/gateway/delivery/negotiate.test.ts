import { expect, test } from "vitest";
import { negotiate, type Offer } from "../../../../../src/server/gateway/delivery/negotiate.ts";

const ALL: Offer = {
  identity: 100,
  codings: [
    { coding: "gzip", size: 40 },
    { coding: "zstd", size: 30 },
    { coding: "br", size: 25 },
  ],
};

test.each([
  [undefined, "identity"],
  ["", "identity"],
  ["gzip, deflate, br, zstd", "br"],
  ["gzip, deflate, zstd", "zstd"],
  ["gzip, deflate", "gzip"],
  ["GZIP", "gzip"],
  ["x-gzip", "gzip"],
  ["deflate", "identity"],
  ["*", "br"],
  ["br;q=0, *", "zstd"],
  ["br;q=0.001", "br"],
  ["br;q=0", "identity"],
  ["br ; q=0.5 , gzip", "br"],
  ["gzip, identity", "gzip"],
  ["identity, gzip;q=0.5", "identity"],
  ["identity;q=0.5, gzip;q=0.5, br;q=0.4", "gzip"],
  ["identity;q=0, gzip", "gzip"],
  ["*;q=0, gzip", "gzip"],
  ["*;q=0, identity", "identity"],
  ["identity;q=0", undefined],
  ["*;q=0", undefined],
  ["identity;q=0, deflate", undefined],
  ["identity;q=1, *;q=0", "identity"],
  // What is no weight says nothing.
  ["br;q=2, gzip", "gzip"],
  ["br;q=abc, gzip", "gzip"],
  ["br;q=-1, gzip", "gzip"],
  ["br;q=0.0001, gzip", "gzip"],
  ["br;;, gzip", "gzip"],
  [`${",".repeat(10_000)}gzip`, "gzip"],
  [`${"a".repeat(10_000)} gzip`, "identity"],
])("Accept-Encoding: %s", (header, expected) => {
  expect(negotiate(header, ALL)).toBe(expected);
});

test("a coding that is larger than the file is for those alone who take nothing else", () => {
  const offer: Offer = { identity: 10, codings: [{ coding: "gzip", size: 30 }] };
  expect(negotiate("gzip", offer)).toBe("identity");
  expect(negotiate("gzip, identity;q=0", offer)).toBe("gzip");
});
