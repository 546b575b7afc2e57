import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort, startPeer } from "./peer.ts";
import { temporaryDirectory } from "./temporary.ts";

export interface DockerRegistry extends AsyncDisposable {
  readonly address: string;
}

export type RegistryAuth =
  | { readonly kind: "none" }
  | { readonly kind: "htpasswd"; readonly username: string; readonly password: string }
  | { readonly kind: "token"; readonly realm: string; readonly certificate: string };

/** Debian's docker-registry on loopback, with storage of its own; where it shall, with Docker's old schema 1. */
export async function startDockerRegistry(
  auth: RegistryAuth = { kind: "none" },
  { schema1 = false }: { readonly schema1?: boolean } = {},
): Promise<DockerRegistry> {
  const directory = await temporaryDirectory();
  const address = `127.0.0.1:${await freePort()}`;
  const config = join(directory.path, "config.yml");
  await writeFile(
    config,
    JSON.stringify({
      version: 0.1,
      log: { level: "error" },
      storage: { filesystem: { rootdirectory: join(directory.path, "data") }, delete: { enabled: true } },
      http: { addr: address, secret: "test" },
      compatibility: { schema1: { enabled: schema1 } },
      ...(await authSection(auth, directory.path)),
    }),
  );
  const peer = await startPeer("docker-registry", ["serve", config], { url: `http://${address}/v2/` });
  return {
    address,
    async [Symbol.asyncDispose]() {
      await peer[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

async function authSection(auth: RegistryAuth, directory: string): Promise<Record<string, unknown>> {
  switch (auth.kind) {
    case "none":
      return {};
    case "htpasswd": {
      const path = join(directory, "htpasswd");
      // Only bcrypt is taken.
      await writeFile(path, execFileSync("htpasswd", ["-nbB", auth.username, auth.password]));
      return { auth: { htpasswd: { realm: "test", path } } };
    }
    case "token":
      return {
        auth: {
          token: {
            realm: auth.realm,
            service: "test-registry",
            issuer: "test-issuer",
            rootcertbundle: auth.certificate,
          },
        },
      };
  }
}
