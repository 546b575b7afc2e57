import { copyFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "node:tls";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { openCertificate } from "../../../../src/server/gateway/certificate.ts";
import { makeSelfSigned } from "../../../support/certificates.ts";
import { hasProgram } from "../../../support/peer.ts";
import { temporaryDirectory } from "../../../support/temporary.ts";
import { mkdir } from "node:fs/promises";
import { openGateway } from "./openGateway.ts";

/** Two certificates, and a place with links to the first of them. */
async function openPlace(folder: string) {
  const made = [];
  for (const name of ["first", "second"]) {
    const directory = join(folder, name);
    await mkdir(directory);
    made.push(makeSelfSigned(directory, `/CN=${name}`));
  }
  const [first, second] = made;
  if (first === undefined || second === undefined) throw new Error("no certificates");
  const files = { certificate: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  const turnTo = async (to: typeof first): Promise<void> => {
    for (const name of ["certificate", "key"] as const) {
      await rm(files[name], { force: true });
      await symlink(to[name], files[name]);
    }
  };
  await turnTo(first);
  return { first, second, files, turnTo };
}

/** Whom a new connection speaks to. */
async function nameAt(port: number): Promise<string | undefined> {
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return subject.CN?.toString();
}

describe.runIf(hasProgram("openssl"))("a certificate", () => {
  test("is shown to visitors, and its successor as soon as it is read again", async () => {
    await using folder = await temporaryDirectory();
    const { second, files, turnTo } = await openPlace(folder.path);
    await using server = await openGateway({ tls: files });
    expect(server.gateway.url).toMatch(/^https:/);
    expect(await nameAt(server.gateway.port)).toBe("first");
    await turnTo(second);
    expect(await nameAt(server.gateway.port)).toBe("first");
    await server.gateway.reload();
    expect(await nameAt(server.gateway.port)).toBe("second");
  });

  test("stays when its successor is of no use, which is told", async () => {
    await using folder = await temporaryDirectory();
    const { second, files } = await openPlace(folder.path);
    await using server = await openGateway({ tls: files });
    await rm(files.key);
    await copyFile(second.key, files.key);
    await server.gateway.reload();
    expect(await nameAt(server.gateway.port)).toBe("first");
    expect(server.events.filter(({ event }) => event === "certificate")).toMatchObject([
      { message: expect.stringContaining("no certificate with its key") },
    ]);
  });

  test("is read again by itself only after it has changed, and a wrong one is tried once", async () => {
    await using folder = await temporaryDirectory();
    const { second, files, turnTo } = await openPlace(folder.path);
    const watch = await openCertificate(files);
    expect(await watch.reload({ onlyChanged: true })).toBeUndefined();
    await rm(files.certificate);
    await writeFile(files.certificate, "nonsense");
    await expect(watch.reload({ onlyChanged: true })).rejects.toThrow("no certificate with its key");
    expect(await watch.reload({ onlyChanged: true })).toBeUndefined();
    await turnTo(second);
    expect(await watch.reload({ onlyChanged: true })).toEqual(watch.current);
  });

  test("that is not there is an error at the start", async () => {
    await using folder = await temporaryDirectory();
    const { files } = await openPlace(folder.path);
    await rm(files.key);
    await expect(openGateway({ tls: files })).rejects.toMatchObject({ code: "not-found" });
  });

  test("is of no use to somebody who does not speak TLS", async () => {
    await using folder = await temporaryDirectory();
    const { files } = await openPlace(folder.path);
    await using server = await openGateway({ tls: files });
    expect(await server.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n")).not.toContain("200");
    expect(await nameAt(server.gateway.port)).toBe("first");
  });

  test("is not shown to an address that has too many connections", async () => {
    await using folder = await temporaryDirectory();
    const { files } = await openPlace(folder.path);
    await using server = await openGateway({ tls: files, connectionsEach: 1 });
    const first = connect({ port: server.gateway.port, host: "127.0.0.1", rejectUnauthorized: false });
    await once(first, "secureConnect");
    const second = connect({ port: server.gateway.port, host: "127.0.0.1", rejectUnauthorized: false });
    await expect(once(second, "secureConnect")).rejects.toThrow("disconnected before secure TLS connection");
    first.destroy();
    let name;
    while (name === undefined) name = await nameAt(server.gateway.port).catch(() => undefined);
    expect(name).toBe("first");
  });
});
