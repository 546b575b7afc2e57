import { existsSync } from "node:fs";

const SHELL = "/bin/sh";
// What Node calls questions to name servers, and to disks.
const UNDER_WAY = /^(GetAddrInfo|FS)Req/;

/**
 * Ends this process with the exit code, at once. Node waits at its end for what its threads are at, and a name server
 * or a network drive that does not answer keeps one of them for half a minute. The system does not wait when another
 * program takes our place.
 */
export function exitNow(code: number): never {
  const isHeld = process.getActiveResourcesInfo().some((name) => UNDER_WAY.test(name));
  if (isHeld && process.platform !== "win32" && process.execve !== undefined && existsSync(SHELL))
    process.execve(SHELL, [SHELL, "-c", `exit ${code & 0xff}`], {});
  process.exit(code);
}
