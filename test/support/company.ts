import { join } from "node:path";
import { makeCertificates, type Validity } from "./certificates.ts";
import { openSandbox, type Sandbox } from "./sandbox.ts";
import { startTlsFront, type TlsFront } from "./tlsFront.ts";

/** A registry's name that only a company's proxy knows. */
export const COMPANY_HOST = "registry.corp.example";

export interface Company extends AsyncDisposable {
  readonly sandbox: Sandbox;
  /** The sandbox's registry behind TLS, with a certificate of the company's authority. */
  readonly front: TlsFront;
  /** Path of the authority's certificate. */
  readonly ca: string;
  /** The way of a proxy to that registry. */
  readonly route: (target: string) => { readonly port: number } | 502;
}

/**
 * The sandbox's registry under a name of its own, which only the proxy knows, with a certificate of its own and version
 * 1.0.0 of a program.
 */
export async function openCompany(names: readonly string[] = [COMPANY_HOST], validity?: Validity): Promise<Company> {
  const sandbox = await openSandbox();
  const certificates = makeCertificates(join(sandbox.directory, "certificates"), names, validity);
  await sandbox.publish("1.0.0", "echo one");
  const front = await startTlsFront(addressOf(sandbox), certificates);
  return {
    sandbox,
    front,
    ca: certificates.ca,
    route: (target) => (target === `${COMPANY_HOST}:443` ? { port: front.port } : 502),
    async [Symbol.asyncDispose]() {
      await front[Symbol.asyncDispose]();
      await sandbox[Symbol.asyncDispose]();
    },
  };
}

/** `127.0.0.1:PORT` of the sandbox's registry. */
export function addressOf({ repository }: Sandbox): string {
  return repository.split("/")[0] ?? "";
}
