import { BlockList, isIP } from "node:net";
import { AppError } from "../../../errors.ts";

/** What a request says of where it comes from. */
export interface Origin {
  /** Whoever the connection is from. */
  readonly peer: string | undefined;
  readonly xForwardedFor: string | undefined;
  /** RFC 7239. */
  readonly forwarded: string | undefined;
}

/**
 * The client's address, without port and zone, IPv4 as such: `192.0.2.1`, or eight groups as in `2001:db8:0:0:0:0:0:1`.
 *
 * @param proxies who may speak for others; undefined when nobody may.
 */
export function clientAddress({ peer, xForwardedFor, forwarded }: Origin, proxies: BlockList | undefined): string {
  const direct = readAddress(peer ?? "") ?? UNKNOWN;
  if (proxies === undefined || !holds(proxies, direct)) return direct;
  const byX = xForwardedFor === undefined ? undefined : lastStranger(xForwardedFor.split(","), proxies);
  const byStandard = forwarded === undefined ? undefined : lastStranger(hopsOf(forwarded), proxies);
  // A proxy writes one of them, and hands the other one on as a visitor has made it up.
  if (byX !== undefined && byStandard !== undefined && byX !== byStandard) return UNKNOWN;
  return byX ?? byStandard ?? direct;
}

/** Nobody's address: of a connection that is gone before it was asked, and of whoever hides behind a proxy. */
const UNKNOWN = "0.0.0.0";

/** What counts as one visitor: an IPv4 address, or the /64 that one line of IPv6 has. */
export function visitorOf(address: string): string {
  return address.includes(":") ? `${address.split(":").slice(0, 4).join(":")}::/64` : address;
}

/** For a log: enough to see where trouble comes from, and not who somebody is. */
export function shortenAddress(address: string): string {
  if (address.includes(":")) return `${address.split(":").slice(0, 3).join(":")}::`;
  return address.replace(/\d+$/, "0");
}

/** Computers that strangers are not: this one, and those of the same house. */
export function openPrivate(): BlockList {
  const list = new BlockList();
  for (const range of PRIVATE) addRange(list, range);
  return list;
}

/** Those who may speak for others: private ones, and these. @param ranges `192.0.2.7` or `192.0.2.0/24`. @throws AppError `usage`. */
export function openProxies(ranges: readonly string[]): BlockList {
  const list = openPrivate();
  for (const range of ranges) {
    if (addRange(list, range)) continue;
    throw new AppError("usage", `not an address of a proxy: ${JSON.stringify(range.slice(0, 100))}`, {
      hint: "Write an address or a range, for example 192.0.2.7 or 2001:db8::/32.",
    });
  }
  return list;
}

export function holds(list: BlockList, address: string): boolean {
  return list.check(address, address.includes(":") ? "ipv6" : "ipv4");
}

// RFC 1122 (loopback), 1918, 3927 (link-local), 4193 (unique local), 4291.
const PRIVATE: readonly string[] = [
  "127.0.0.0/8",
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "169.254.0.0/16",
  "::1/128",
  "fc00::/7",
  "fe80::/10",
];

function addRange(list: BlockList, range: string): boolean {
  const [address = "", length, ...rest] = range.split("/");
  const kind = isIP(address);
  const longest = kind === 6 ? 128 : 32;
  const bits = length === undefined ? longest : Number(length);
  const isLength = length === undefined || /^\d{1,3}$/.test(length);
  if (kind === 0 || rest.length > 0 || !isLength || bits > longest) return false;
  list.addSubnet(address, bits, kind === 6 ? "ipv6" : "ipv4");
  return true;
}

/**
 * From the nearest hop outwards, the first that is no proxy of ours: all beyond it is hearsay.
 *
 * @returns the outermost one when all are ours; never the proxy itself, which speaks for somebody else.
 */
function lastStranger(hops: readonly string[], proxies: BlockList): string {
  let nearest = UNKNOWN;
  for (let index = hops.length - 1; index >= 0; index -= 1) {
    const address = readAddress(hops[index] ?? "");
    // "unknown", or something made up: the last one that is known of stands for it.
    if (address === undefined) return nearest;
    nearest = address;
    if (!holds(proxies, address)) return address;
  }
  return nearest;
}

/** `for=192.0.2.60;proto=http, for="[2001:db8::1]:4711"`. A quoted string may hold what separates others. */
function hopsOf(forwarded: string): string[] {
  const elements = forwarded.match(/(?:"(?:\\.|[^"\\])*"|[^,"])+/g) ?? [];
  return elements.map(
    (element) => /(?:^|;)\s*for=(?:"([^"]*)"|([^;"\s]*))/i.exec(element)?.slice(1).find(Boolean) ?? "",
  );
}

/** With or without a port, brackets and a zone. */
function readAddress(text: string): string | undefined {
  const bare = text
    .trim()
    .replace(/^\[([^\]]*)\](?::\d{1,5})?$/, "$1")
    .replace(/^([\d.]+):\d{1,5}$/, "$1")
    .replace(/%.*$/s, "");
  const kind = isIP(bare);
  if (kind === 0) return undefined;
  return kind === 4 ? bare : readIpv6(bare);
}

function readIpv6(text: string): string {
  // The URL parser writes the groups in one way alone, and has no dotted quad left.
  const written = new URL(`http://[${text}]`).hostname.slice(1, -1);
  const [head = "", tail] = written.split("::", 2);
  const [before, after] = [head, tail ?? ""].map((part) => (part === "" ? [] : part.split(":")));
  const zeros = tail === undefined ? 0 : 8 - (before?.length ?? 0) - (after?.length ?? 0);
  const groups = [...(before ?? []), ...Array.from({ length: zeros }, () => "0"), ...(after ?? [])];
  // RFC 4291 section 2.5.5.2: an IPv4 address, as a socket for both kinds shows it.
  const mapped = groups.slice(0, 6).join(":") === "0:0:0:0:0:ffff";
  if (!mapped) return groups.join(":");
  const [high = 0, low = 0] = groups.slice(6).map((group) => Number.parseInt(group, 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}
