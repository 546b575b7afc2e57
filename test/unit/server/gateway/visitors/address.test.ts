import { describe, expect, test } from "vitest";
import {
  clientAddress,
  holds,
  openPrivate,
  openProxies,
  shortenAddress,
  visitorOf,
} from "../../../../../src/server/gateway/visitors/address.ts";

const none = { xForwardedFor: undefined, forwarded: undefined };

describe("a client's address", () => {
  test.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8::1", "2001:db8:0:0:0:0:0:1"],
    ["fe80::1%eth0", "fe80:0:0:0:0:0:0:1"],
    ["::", "0:0:0:0:0:0:0:0"],
    [undefined, "0.0.0.0"],
  ])("is that of the connection: %s", (peer, address) => {
    expect(clientAddress({ ...none, peer }, undefined)).toBe(address);
  });

  test("is never what a stranger says, nor what anybody says where no proxy is trusted", () => {
    const claim = { xForwardedFor: "203.0.113.7", forwarded: "for=203.0.113.7" };
    expect(clientAddress({ ...claim, peer: "192.0.2.1" }, openProxies([]))).toBe("192.0.2.1");
    expect(clientAddress({ ...claim, peer: "127.0.0.1" }, undefined)).toBe("127.0.0.1");
  });

  test.each([
    ["what the proxy has added", "203.0.113.7", undefined, "203.0.113.7"],
    ["the last one, for all before it may be made up", "10.0.0.1, 198.51.100.9, 203.0.113.7", undefined, "203.0.113.7"],
    ["the one before our own proxies", "198.51.100.9,203.0.113.7, 10.1.2.3,192.168.1.1", undefined, "203.0.113.7"],
    ["with a port", "203.0.113.7:4711", undefined, "203.0.113.7"],
    ["IPv6 with a port", "[2001:db8::7]:4711", undefined, "2001:db8:0:0:0:0:0:7"],
    ["one of our own, where all are", "10.0.0.9, 192.168.1.1", undefined, "10.0.0.9"],
    ["nobody's where a hop is hidden", "203.0.113.7, unknown", undefined, "0.0.0.0"],
    ["nobody's where there is nonsense", "203.0.113.7, <script>", undefined, "0.0.0.0"],
    ["nobody's where there is nothing", "", undefined, "0.0.0.0"],
    ["the proxy's own where it speaks for nobody", undefined, undefined, "127.0.0.1"],
    ["that of a named proxy's visitor", "203.0.113.7, 198.51.100.200", undefined, "203.0.113.7"],
    ["the standard's", undefined, 'for=198.51.100.9, for="[2001:db8::7]:4711";proto=https', "2001:db8:0:0:0:0:0:7"],
    ["the standard's in any case", undefined, "By=x;FOR=203.0.113.7", "203.0.113.7"],
    ["not in a quoted string", undefined, 'for=203.0.113.7;by="for=198.51.100.9, for=198.51.100.9"', "203.0.113.7"],
    ["nobody's where the proxy hides everybody", undefined, "for=_hidden", "0.0.0.0"],
    ["the same twice", "203.0.113.7", "for=203.0.113.7", "203.0.113.7"],
    ["nobody's where two headers contradict each other", "203.0.113.7", "for=198.51.100.9", "0.0.0.0"],
    ["nobody's where a visitor adds what hides them", "203.0.113.7", "for=unknown", "0.0.0.0"],
  ])("is, from a trusted proxy: %s", (_, xForwardedFor, forwarded, address) => {
    const proxies = openProxies(["198.51.100.128/25"]);
    expect(clientAddress({ peer: "127.0.0.1", xForwardedFor, forwarded }, proxies)).toBe(address);
  });

  test("takes no longer for a header of thousands of addresses", () => {
    const xForwardedFor = Array.from({ length: 5000 }, () => "10.0.0.1").join(",");
    expect(clientAddress({ peer: "::1", xForwardedFor, forwarded: undefined }, openProxies([]))).toBe("10.0.0.1");
  });

  test("counts as one visitor's with its IPv6 line, and is shortened for the log", () => {
    expect(visitorOf("2001:db8:1:2:3:4:5:6")).toBe("2001:db8:1:2::/64");
    expect(visitorOf("192.0.2.17")).toBe("192.0.2.17");
    expect(shortenAddress("2001:db8:1:2:3:4:5:6")).toBe("2001:db8:1::");
    expect(shortenAddress("192.0.2.17")).toBe("192.0.2.0");
  });
});

test.each([
  ["127.3.2.1", true],
  ["10.0.0.1", true],
  ["172.31.255.255", true],
  ["172.32.0.0", false],
  ["192.168.0.1", true],
  ["169.254.1.1", true],
  ["8.8.8.8", false],
  ["0:0:0:0:0:0:0:1", true],
  ["fd00:0:0:0:0:0:0:1", true],
  ["fe80:0:0:0:0:0:0:1", true],
  ["2001:db8:0:0:0:0:0:1", false],
])("%s is of the same house: %s", (address, expected) => {
  expect(holds(openPrivate(), address)).toBe(expected);
});

test.each(["", "proxy.example", "10.0.0.0/33", "10.0.0.0/x", "2001:db8::/129", "1.2.3.4/8/8", "10.0.0.0/"])(
  "%j is refused as a proxy's address",
  (range) => {
    expect(() => openProxies([range])).toThrow(/not an address of a proxy/);
  },
);
