/** What a browser on such a computer sends: with it, an address that chooses can be tried for each system. */
export function sampleVisitor(platform: string): Readonly<Record<string, string>> | undefined {
  const visitor = VISITORS.get(platform);
  if (visitor === undefined) return undefined;
  const { computer, system, architecture } = visitor;
  return {
    accept: "text/html,application/xhtml+xml,*/*;q=0.8",
    "user-agent": `Mozilla/5.0 (${computer}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36`,
    // User-Agent Client Hints: strings of RFC 9651, which stand in quotes.
    "sec-ch-ua-platform": `"${system}"`,
    "sec-ch-ua-arch": `"${architecture}"`,
    "sec-ch-ua-bitness": '"64"',
  };
}

// A user agent tells Windows and Mac apart, and no more: what the processor is stands in the hints.
const WINDOWS = { computer: "Windows NT 10.0; Win64; x64", system: "Windows" };
const MAC = { computer: "Macintosh; Intel Mac OS X 10_15_7", system: "macOS" };
const LINUX = { system: "Linux" };

const VISITORS: ReadonlyMap<string, { computer: string; system: string; architecture: "x86" | "arm" }> = new Map([
  ["windows/amd64", { ...WINDOWS, architecture: "x86" }],
  ["windows/arm64", { ...WINDOWS, architecture: "arm" }],
  ["darwin/amd64", { ...MAC, architecture: "x86" }],
  ["darwin/arm64", { ...MAC, architecture: "arm" }],
  ["linux/amd64", { ...LINUX, computer: "X11; Linux x86_64", architecture: "x86" }],
  ["linux/arm64", { ...LINUX, computer: "X11; Linux aarch64", architecture: "arm" }],
]);
