import { expect } from "vitest";
import type { Answer, WireRequest } from "../../../src/http/connection.ts";
import { openPool, type Pool } from "../../../src/http/pool.ts";
import { openSocket } from "../../../src/http/socket.ts";

const LIMITS = { bodyTimeout: 5000, keepAliveTimeout: 5000, maxHeaderSize: 64 * 1024 };

export interface Client extends Disposable {
  send(request?: Partial<WireRequest>): Promise<Answer>;
}

export function openClient(
  port: number,
  { limits = {}, host = "127.0.0.1" }: { limits?: Partial<typeof LIMITS>; host?: string } = {},
): Client {
  const pool: Pool = openPool({ ...LIMITS, ...limits });
  const way = {
    name: "server",
    connect: async (onread: Parameters<typeof openSocket>[0]["onread"], signal: AbortSignal) =>
      await openSocket({ host, port, onread, signal, timeout: 5000 }),
  };
  return {
    send: async (request = {}) =>
      await pool.send(way, {
        method: "GET",
        target: "/",
        headers: { host: "server" },
        answerTimeout: 5000,
        ...request,
      }),
    [Symbol.dispose]: () => pool[Symbol.dispose](),
  };
}

export async function read({ body }: Answer): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export const text = async (answer: Answer): Promise<string> => (await read(answer)).toString("latin1");
export const fault = (code: string) => expect.objectContaining({ code });
export const HELLO = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
