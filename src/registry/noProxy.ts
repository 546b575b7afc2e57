import { BlockList, isIP } from "node:net";

type Rule = (url: URL) => boolean;

/**
 * What is reached directly, with commas or spaces in between: `*`, `host` and all below it, `.suffix`, `host:port`, an
 * address, or a range of addresses (`10.0.0.0/8`). Names are not looked up.
 */
export function parseNoProxy(text: string): Rule {
  const rules = text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((rule) => rule !== "")
    .map(parseRule);
  return (url) => rules.some((rule) => rule(url));
}

function parseRule(text: string): Rule {
  if (text === "*") return () => true;
  const [, start = "", bits] = /^([^/]*)(?:\/(\d+))?$/.exec(text) ?? [];
  if (isIP(start) !== 0) return inRange(start, bits);
  const [, host = "", port] = /^(.*?)(?::(\d+))?$/.exec(text) ?? [];
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  const matches = isIP(bare) === 0 ? below(bare.replace(/^\*?\./, "")) : inRange(bare);
  return (url) => matches(url) && (port === undefined || port === portOf(url));
}

function below(name: string): Rule {
  return ({ hostname }) => name !== "" && (hostname === name || hostname.endsWith(`.${name}`));
}

function inRange(address: string, bits?: string): Rule {
  const family = isIP(address) === 6 ? "ipv6" : "ipv4";
  const size = family === "ipv6" ? 128 : 32;
  const prefix = bits === undefined ? size : Number(bits);
  if (prefix > size) return () => false;
  const list = new BlockList();
  list.addSubnet(address, prefix, family);
  return ({ hostname }) => {
    const asked = hostname.replace(/^\[(.*)\]$/, "$1");
    const version = isIP(asked);
    return version !== 0 && list.check(asked, version === 6 ? "ipv6" : "ipv4");
  };
}

function portOf({ port, protocol }: URL): string {
  return port === "" ? (protocol === "https:" ? "443" : "80") : port;
}
