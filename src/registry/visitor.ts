import { followLocation, refused } from "./location.ts";
import { openTransport, type TransportOptions } from "./transport.ts";
import type { HttpResponse } from "./exchange.ts";

/** What a visitor gets who only looks: the status and headers of a page or file, wherever redirects lead. */
export interface Look {
  readonly status: number;
  /** Where it was at last. */
  readonly url: URL;
  header(name: string): string | undefined;
}

/** Somebody with a browser: no registry's API, and no login. */
export interface Visitor extends AsyncDisposable {
  /** Asks for the headers alone. @throws RegistryError when there is no answer, or one that leads nowhere. */
  look(url: URL, headers?: Readonly<Record<string, string>>): Promise<Look>;
  /** Fetches what is small. @throws RegistryError, also `bad-data` beyond the limit of bytes. */
  read(url: URL, limit: number): Promise<Look & { readonly bytes: Uint8Array }>;
}

const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Opens the network for addresses that are no registry's. */
export function openVisitor(options: TransportOptions): Visitor {
  const transport = openTransport(options);

  return {
    async look(url, headers = {}) {
      const response = await follow("HEAD", url, headers);
      await response.discard();
      return response;
    },
    async read(url, limit) {
      const response = await follow("GET", url, {});
      return { ...response, bytes: await response.bytes(limit) };
    },
    [Symbol.asyncDispose]: async () => await transport[Symbol.asyncDispose](),
  };

  async function follow(
    method: "GET" | "HEAD",
    origin: URL,
    headers: Readonly<Record<string, string>>,
  ): Promise<HttpResponse> {
    let url = origin;
    for (let hops = 0; ; hops += 1) {
      // A coding would be other bytes, and have another ETag.
      const response = await transport.send({ method, url, headers: { "accept-encoding": "identity", ...headers } });
      const location = response.header("location");
      if (!REDIRECTS.has(response.status) || location === undefined) return response;
      await response.discard();
      if (hops >= MAX_REDIRECTS) throw refused(method, url, `more than ${MAX_REDIRECTS} redirects`);
      url = followLocation(location, url, { what: "a redirect", method, origin });
    }
  }
}
