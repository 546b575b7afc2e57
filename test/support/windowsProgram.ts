import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hasProgram } from "./peer.ts";

export const WINDOWS_COMPILER = "x86_64-w64-mingw32-gcc";

// What a publisher would publish, in the smallest: a line of its version and of each argument, in UTF-8, on standard
// output and in the file TOLD names. "--exit N" and "--sleep MS" do what they say, "--crash" breaks, with "--stay"
// what happens to its console does not end it, and with "--read" what comes on standard input is behind the lines.
const SOURCE = String.raw`
#include <stdio.h>
#include <wchar.h>
#include <windows.h>

static char text[65536];

static void add(const wchar_t *line) {
  size_t end = strlen(text);
  WideCharToMultiByte(CP_UTF8, 0, line, -1, text + end, sizeof text - (int)end - 2, NULL, NULL);
  strcat(text, "\n");
}

static void put(HANDLE file) {
  DWORD written;
  if (file != NULL && file != INVALID_HANDLE_VALUE) WriteFile(file, text, (DWORD)strlen(text), &written, NULL);
}

static void read_input(void) {
  DWORD length = 0;
  size_t end;
  while (end = strlen(text), ReadFile(GetStdHandle(STD_INPUT_HANDLE), text + end, sizeof text - (DWORD)end - 1, &length, NULL) && length > 0) ;
}

static BOOL WINAPI stay(DWORD event) { return TRUE; }

int wmain(int count, wchar_t **arguments) {
  int code = 0, crash = 0, reads = 0;
  wchar_t told[1024];
  add(L"" VERSION);
  for (int i = 1; i < count; i++) {
    add(arguments[i]);
    if (wcscmp(arguments[i], L"--exit") == 0) code = _wtoi(arguments[i + 1]);
    if (wcscmp(arguments[i], L"--crash") == 0) crash = 1;
    if (wcscmp(arguments[i], L"--stay") == 0) SetConsoleCtrlHandler(stay, TRUE);
    if (wcscmp(arguments[i], L"--read") == 0) reads = 1;
  }
  if (reads) read_input();
  put(GetStdHandle(STD_OUTPUT_HANDLE));
  if (GetEnvironmentVariableW(L"TOLD", told, 1024) > 0) {
    HANDLE file = CreateFileW(told, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    put(file);
    CloseHandle(file);
  }
  for (int i = 1; i < count; i++) if (wcscmp(arguments[i], L"--sleep") == 0) Sleep(_wtoi(arguments[i + 1]));
  if (crash) ExitProcess(EXCEPTION_ACCESS_VIOLATION);
  return code;
}

int WINAPI wWinMain(HINSTANCE a, HINSTANCE b, wchar_t *c, int d) { return wmain(__argc, __wargv); }
`;

export function hasWindowsCompiler(): boolean {
  return hasProgram(WINDOWS_COMPILER);
}

export interface WindowsProgramOptions {
  readonly version: string;
  /** Whether it has windows of its own, and no console. */
  readonly windowed?: boolean;
}

/** Compiles the program. @returns its path. */
export function buildWindowsProgram(directory: string, { version, windowed = false }: WindowsProgramOptions): string {
  const folder = join(directory, `${version}${windowed ? "-windowed" : ""}`);
  mkdirSync(folder, { recursive: true });
  const source = join(folder, "app.c");
  writeFileSync(source, SOURCE);
  const program = join(folder, "app.exe");
  const flags = [`-DVERSION="${version}"`, "-municode", "-O1", "-s", windowed ? "-mwindows" : "-mconsole"];
  execFileSync(WINDOWS_COMPILER, [...flags, "-o", program, source], { stdio: "inherit" });
  return program;
}
