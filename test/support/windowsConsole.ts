import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { WINDOWS_COMPILER } from "./windowsProgram.ts";

// Wine gives programs that another system starts no console that works: this asks for one, starts the program that its
// arguments name in it, and presses Ctrl+C there once the file TOLD is written. Ends as that program ends.
const SOURCE = String.raw`
#include <wchar.h>
#include <windows.h>

static BOOL WINAPI stay(DWORD event) { return TRUE; }

int wmain(int count, wchar_t **arguments) {
  STARTUPINFOW start = { sizeof start };
  PROCESS_INFORMATION process;
  wchar_t line[32768] = L"", told[1024];
  DWORD code = 99;
  start.dwFlags = STARTF_USESTDHANDLES;
  start.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
  start.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
  start.hStdError = GetStdHandle(STD_ERROR_HANDLE);
  FreeConsole();
  if (!AllocConsole()) return 96;
  SetConsoleCtrlHandler(stay, TRUE);
  for (int i = 1; i < count; i++) {
    wcscat(line, L"\"");
    wcscat(line, arguments[i]);
    wcscat(line, L"\" ");
  }
  GetEnvironmentVariableW(L"TOLD", told, 1024);
  if (!CreateProcessW(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &start, &process)) return 97;
  for (int i = 0; i < 1200 && GetFileAttributesW(told) == INVALID_FILE_ATTRIBUTES; i++) Sleep(50);
  if (!GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0)) return 98;
  WaitForSingleObject(process.hProcess, INFINITE);
  GetExitCodeProcess(process.hProcess, &code);
  return (int)code;
}
`;

/** Compiles the program that presses Ctrl+C. @returns its path. */
export function buildWindowsConsole(directory: string): string {
  const source = join(directory, "console.c");
  writeFileSync(source, SOURCE);
  const program = join(directory, "console.exe");
  execFileSync(WINDOWS_COMPILER, ["-municode", "-O1", "-s", "-mconsole", "-o", program, source], { stdio: "inherit" });
  return program;
}
