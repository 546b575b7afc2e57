import { openAuthorizer } from "./auth.ts";
import type { RegistryOptions } from "./client.ts";
import type { Credential } from "./credential.ts";
import { baseUrl, originOf } from "./endpoints.ts";
import type { HttpResponse } from "./exchange.ts";
import { htmlAnswer, isWebPage, RegistryError } from "./registryError.ts";
import { openRequester } from "./requester.ts";
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
  const authorizer = openAuthorizer({
    transport,
    credentials: async () => credential,
    loginOnly: true,
    now: options.now ?? Date.now,
    onWarning: () => undefined,
  });
  const url = baseUrl(originOf(host, options.plainHttp ?? (() => false)));
  const request = { method: "GET", url, access: { name: "", actions: "pull" } } as const;
  const stranger = await transport.send(request);
  if (stranger.status === 200) return await confirm(stranger, "not-needed");
  await stranger.discard();
  try {
    return await confirm(await openRequester(transport, authorizer).expect(request, [200]), "accepted");
  } catch (error) {
    throw isRefusal(error) ? refused(host, error) : error;
  }
}

async function confirm<Result>(response: HttpResponse, result: Result): Promise<Result> {
  await response.discard();
  if (isWebPage(response.header("content-type"))) throw htmlAnswer(response.url);
  return result;
}

/** Of the login: a proxy that wants one of its own is another matter. */
function isRefusal(error: unknown): error is RegistryError {
  return error instanceof RegistryError && error.code === "not-allowed" && error.status !== 407;
}

function refused(host: string, cause: RegistryError): RegistryError {
  const { method, url, status, errors } = cause;
  return new RegistryError("not-allowed", `${host} does not take this login: ${cause.message}`, {
    method,
    url: new URL(url),
    ...(status === undefined ? {} : { status }),
    errors,
    hint: "Check the name and the password. Many registries want an access token in the password's place.",
    cause,
  });
}
