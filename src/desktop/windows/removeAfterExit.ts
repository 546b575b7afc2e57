import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";

/**
 * Takes away the launcher's folder although the launcher itself is running: Windows lets a running file be renamed,
 * not deleted. It is moved to the folder for temporary files, from where the system's own shell deletes it a moment
 * after this process has ended.
 */
export async function removeAfterExit(
  directory: string,
  { home, env }: { readonly home: string; readonly env: NodeJS.ProcessEnv },
): Promise<void> {
  const root = env["SystemRoot"] ?? String.raw`C:\Windows`;
  const aside = join(env["TEMP"] ?? join(root, "Temp"), `slipway-${randomUUID()}.exe`);
  const moved = await rename(home, aside).then(
    () => true,
    // Another disk, or nobody runs it: then it goes with its folder, or at the end.
    () => false,
  );
  await rm(directory, { recursive: true, force: true }).catch(() => undefined);
  // Paths go by the environment: the shell would take a % or & in them for its own.
  const shell = spawn(
    join(root, "System32", "cmd.exe"),
    [
      "/d",
      "/v:on",
      "/c",
      String.raw`for /l %i in (1,1,30) do @(ping -n 2 127.0.0.1 >nul & del /f /q "!SLIPWAY_FILE!" >nul 2>nul & if exist "!SLIPWAY_FOLDER!" rmdir /s /q "!SLIPWAY_FOLDER!" >nul 2>nul & if not exist "!SLIPWAY_FILE!" if not exist "!SLIPWAY_FOLDER!" exit)`,
    ],
    {
      detached: true,
      stdio: "ignore",
      windowsHide: true,
      windowsVerbatimArguments: true,
      cwd: root,
      env: { ...env, SLIPWAY_FILE: moved ? aside : home, SLIPWAY_FOLDER: directory },
    },
  );
  shell.on("error", () => undefined);
  shell.unref();
}
