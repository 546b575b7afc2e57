import { openAuthorizer } from "./auth.ts";
import type { RegistryOptions } from "./client.ts";
import type { Credential } from "./credential.ts";
import { baseUrl, originOf } from "./endpoints.ts";
import { htmlAnswer, isWebPage, RegistryError } from "./registryError.ts";
import { errorOf, openRequester } from "./requester.ts";
import { openTransport } from "./transport.ts";

/**
 * Proves that a registry takes a login: with it and nothing else, where a stranger is turned away.
 *
 * @returns whether a login is needed at all. @throws RegistryError `not-allowed` when it is refused.
 */
export async function checkLogin(
  host: string,
  credential: Credential,
  options: RegistryOptions,
): Promise<"accepted" | "not-needed"> {
  await using transport = openTransport(options);
  const origin = originOf(host, options.plainHttp ?? (() => false));
  const authorizer = openAuthorizer({
    transport,
    credentials: async () => credential,
    now: options.now ?? Date.now,
    onWarning: () => undefined,
  });
  const request = { method: "GET", url: baseUrl(origin), access: { name: "", actions: "pull" } } as const;
  const stranger = await transport.send(request);
  await stranger.discard();
  if (isWebPage(stranger.header("content-type"))) throw htmlAnswer(stranger.url);
  if (stranger.status === 200) return "not-needed";
  const requester = openRequester(transport, { ...authorizer, modes: ["credentials"] });
  const response = await requester.send(request);
  if (response.status !== 200) {
    const { status, errors, message } = await errorOf("GET", response);
    if (status !== 401 && status !== 403) throw await errorOf("GET", response);
    throw new RegistryError("not-allowed", `${host} does not take this login: ${message}`, {
      method: "GET",
      url: response.url,
      status,
      errors,
      hint: "Check the name and the password. Many registries want an access token in the password's place.",
    });
  }
  await response.discard();
  return "accepted";
}
