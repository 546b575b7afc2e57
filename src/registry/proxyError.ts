import { explainCertificate } from "./certificateError.ts";
import { explainConnection, isUnreachable } from "./connectionError.ts";
import type { Proxy } from "./proxy.ts";
import { RegistryError } from "./registryError.ts";

/** The proxy answered in place of the server. */
export function proxyRefused(proxy: Proxy, request: { method: string; url: URL; status: number }): RegistryError {
  const { protocol, host } = proxy.url;
  const { url, status } = request;
  if (status !== 407) {
    return new RegistryError("unavailable", `${nameOf(proxy)} answered ${status} and did not connect to ${url.host}`, {
      ...request,
      hint: `Ask whoever runs the proxy to allow ${url.host}, or leave it out with NO_PROXY=${url.hostname}.`,
    });
  }
  const given = proxy.url.username !== "";
  return new RegistryError(
    "not-allowed",
    `${nameOf(proxy)} ${given ? "refused the name and password" : "wants a name and password"}`,
    {
      ...request,
      hint: `Put them into its address, with %40 for @ and %3A for : in them: HTTPS_PROXY=${protocol}//NAME:PASSWORD@${host}`,
      remedy: { kind: "name-proxy-login" },
    },
  );
}

/** There is no way to the proxy, or it went away without an answer. */
export function proxyUnreachable(proxy: Proxy, cause: unknown): RegistryError {
  // It is told already: a tunnel begins with a connection.
  if (cause instanceof RegistryError) return cause;
  const certificate = explainCertificate(cause, proxy.url.host);
  const reason = certificate?.reason ?? explainConnection(cause, proxy.url.host).reason;
  return new RegistryError("unavailable", `cannot reach ${nameOf(proxy)}: ${reason}`, {
    method: "CONNECT",
    url: proxy.url,
    hint: certificate?.hint ?? "Check the proxy's address and your network connection.",
    remedy: certificate?.remedy,
    cause,
    unreachable: isUnreachable(cause),
  });
}

function nameOf({ url, source }: Proxy): string {
  return `the proxy ${url.host} (${source})`;
}
