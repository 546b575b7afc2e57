import type { AddressInfo, Server } from "node:net";
import { AppError, systemCodeOf } from "../errors.ts";

/** @returns the port, which the system chooses for port 0. @throws AppError `unavailable`, `not-allowed`, `usage`. */
export async function listen(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(listenError(error, host, port)));
    server.listen(port, host, () => resolve());
  });
  return (server.address() as AddressInfo).port;
}

/** As a part of a URL: `127.0.0.1:5000`, `[::1]:5000`. */
export function formatAddress(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function listenError(cause: unknown, host: string, port: number): unknown {
  switch (systemCodeOf(cause)) {
    case "EADDRINUSE":
      return new AppError("unavailable", `port ${port} on ${host} is in use`, {
        hint: "Choose another with --port, or 0 for any free one.",
        cause,
      });
    case "EACCES":
      return new AppError("not-allowed", `port ${port} on ${host} may not be used`, {
        hint: "Choose one above 1023 with --port.",
        cause,
      });
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new AppError("usage", `${host} is no address of this computer`, {
        hint: "Name one with --host: 127.0.0.1 for this computer alone, 0.0.0.0 or :: for all who can reach it.",
        cause,
      });
    default:
      return cause;
  }
}
