import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { AppError, EXIT_CODES, systemCodeOf } from "../../errors.ts";
import { numbersOf } from "./brand.ts";

export interface Compact {
  /** Path of the finished launcher. */
  readonly launcher: string;
  /** Path of the file to write. */
  readonly output: string;
  /** Path of an ICO. */
  readonly icon?: string;
  readonly name: string;
  readonly publisher?: string;
  /** SemVer of the launcher. */
  readonly version: string;
  /** Where the launcher has its place, relative to the person's local application data, with "\". */
  readonly place: string;
}

/**
 * The script of a file that holds a launcher compressed. It starts the launcher that has its place already, if that is
 * not older and can be started; otherwise it unpacks its own beside temporary files and starts that, which settles in
 * like one that was downloaded as it is. Arguments (up to the 1,023 characters that NSIS knows) and exit code pass
 * through; where nothing can be started, the code is that of `unavailable`.
 */
export function composeNsisScript(compact: Compact): string {
  const { launcher, output, icon, name, publisher, version, place } = compact;
  const [first, second, third] = numbersOf(version);
  const info = {
    ProductName: name,
    FileDescription: name,
    FileVersion: version,
    ProductVersion: version,
    ...(publisher === undefined ? {} : { CompanyName: publisher, LegalCopyright: publisher }),
  };
  return `Unicode true
RequestExecutionLevel user
SilentInstall silent
SetCompressor /SOLID /FINAL lzma
!include FileFunc.nsh
!include LogicLib.nsh
Name ${quote(name)}
OutFile ${quotePath(output)}
${icon === undefined ? "" : `Icon ${quotePath(icon)}\n`}VIProductVersion ${first}.${second}.${third}.0
${Object.entries(info)
  .map(([key, value]) => `VIAddVersionKey ${quote(key)} ${quote(value)}`)
  .join("\n")}

Var placed
Var older
Var unpacked
Section
  ; What Windows itself would pass on, quotes and all.
  \${GetParameters} $R0
  StrCpy $placed "$LOCALAPPDATA\\${escape(place)}"
  IfFileExists "$placed" 0 unpack
  ; Two numbers of 32 bits: major and minor, patch and nothing.
  GetDLLVersion "$placed" $R1 $R2
  IntOp $older 0 + 0
  \${If} $R1 U< ${first * 0x10000 + second}
    IntOp $older 0 + 1
  \${ElseIf} $R1 = ${first * 0x10000 + second}
  \${AndIf} $R2 U< ${third * 0x10000}
    IntOp $older 0 + 1
  \${EndIf}
  IntCmp $older 0 start unpack unpack
unpack:
  InitPluginsDir
  SetOutPath "$PLUGINSDIR"
  File "/oname=${escape(place.split("\\").at(-1) ?? "launcher.exe")}" ${quotePath(launcher)}
  StrCpy $placed "$PLUGINSDIR\\${escape(place.split("\\").at(-1) ?? "launcher.exe")}"
  StrCpy $unpacked yes
  ; Not the folder that is to be removed.
  SetOutPath "$EXEDIR"
start:
  ClearErrors
  ExecWait '"$placed" $R0' $0
  IfErrors 0 started
  ; One in its place that Windows does not start is no reason to start none.
  StrCmp $unpacked "" unpack
  ; Without a child there is no code of one, and none would be read as 0.
  SetErrorLevel ${EXIT_CODES.unavailable}
  Return
started:
  SetErrorLevel $0
SectionEnd
`;
}

/** @throws AppError `unavailable` where makensis is missing, `internal` with what it said. */
export async function makeCompact(
  compact: Compact,
  { directory, env }: { readonly directory: string; readonly env: NodeJS.ProcessEnv },
): Promise<void> {
  const script = join(directory, "launcher.nsi");
  // With the mark, makensis reads UTF-8 whatever the locale.
  await writeFile(script, `\uFEFF${composeNsisScript(compact)}`);
  const run = async (...options: string[]): Promise<unknown> =>
    await promisify(execFile)("makensis", ["-V2", ...options, script], { env, cwd: directory });
  // Like the launcher itself a program for 64 bits, where makensis knows how: not all builds of it do.
  await run("-XTarget amd64-unicode")
    .catch(async () => await run())
    .catch((cause: unknown) => {
      throw makensisError(cause);
    });
}

function makensisError(cause: unknown): AppError {
  if (systemCodeOf(cause) === "ENOENT") {
    return new AppError("unavailable", "makensis, which makes compressed files for Windows, is not installed", {
      hint: "Install NSIS (Debian: apt-get install nsis; Mac: brew install makensis), or build without --installer.",
      cause,
    });
  }
  const said = cause instanceof Error && "stdout" in cause ? String(cause.stdout).trim() : String(cause);
  return new AppError("internal", `makensis failed:\n${said.split("\n").slice(-6).join("\n")}`, { cause });
}

function quote(text: string): string {
  return `"${escape(text)}"`;
}

/** Paths on this computer are taken as they are, but for the quotes around them. */
function quotePath(path: string): string {
  return `"${path.replaceAll('"', String.raw`$\"`)}"`;
}

/** NSIS expands variables in strings, and has an escape for its quotes. */
function escape(text: string): string {
  return text
    .replaceAll("$", "$$$$")
    .replaceAll('"', String.raw`$\"`)
    .replace(/[\r\n]+/g, " ");
}
