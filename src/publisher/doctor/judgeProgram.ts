import { formatPlatform, type Platform } from "../../oci/platform.ts";
import type { ElfFormat } from "../../release/format/elf.ts";
import type { MachOFormat } from "../../release/format/machO.ts";
import type { PeFormat } from "../../release/format/pe.ts";
import type { ProgramFormat } from "../../release/format/programFormat.ts";
import { failed, ok, PUSH_NEW, type Verdict, warning } from "./finding.ts";

export interface Program {
  /** Relative, with "/". */
  readonly path: string;
  readonly format: ProgramFormat;
  /** What it is published for. */
  readonly platform: Platform;
  /** What installer.json says, where there is one. */
  readonly interface: "console" | "window" | undefined;
}

/** Whether the platform's system starts the program, as far as its file tells. */
export function judgeProgram(program: Program): Verdict {
  const { path, format, platform } = program;
  const published = `published as ${formatPlatform(platform)}`;
  switch (format.kind) {
    case "damaged":
      return failed(
        `${path} is damaged: it has ${format.size} bytes, and its headers tell of ${format.wanted} at least`,
        `Build it again, and ${PUSH_NEW}`,
      );
    case "other":
      return failed(`${path} is ${format.what}, ${published}`, rebuild(platform));
    case "text":
      return platform.os === "windows"
        ? failed(`${path} is text, ${published}: Windows starts only programs`, rebuild(platform))
        : warning(
            `${path} is text without a first line that says who runs it`,
            `Begin it with #! and its interpreter, such as #!/bin/sh, and ${PUSH_NEW}`,
          );
    case "script":
      return platform.os === "windows"
        ? failed(`${path} is a script, ${published}: Windows starts only programs`, rebuild(platform))
        : ok(`${path} is a script, which needs ${format.interpreter}`);
    case "elf":
      return ["windows", "darwin"].includes(platform.os) ? wrongSystem(program) : judgeElf(program, format);
    case "mach-o":
      return platform.os === "darwin" ? judgeMachO(program, format) : wrongSystem(program);
    case "pe":
      return platform.os === "windows" ? judgePe(program, format) : wrongSystem(program);
  }
}

/** `an ELF program for arm64`, as a part of a sentence. */
export function describeFormat(format: ProgramFormat): string {
  switch (format.kind) {
    case "elf":
      return `an ELF program for ${format.architecture}`;
    case "mach-o":
      return `a Mach-O program for ${format.slices.map(({ architecture }) => architecture).join(" and ")}`;
    case "pe":
      return `a Windows program for ${format.architecture}`;
    case "script":
      return "a script";
    case "text":
      return "text";
    case "damaged":
      return "damaged";
    case "other":
      return format.what;
  }
}

function judgeElf(program: Program, format: ElfFormat): Verdict {
  const { path, platform } = program;
  if (format.system !== undefined && format.system !== platform.os) return wrongSystem(program);
  const compatible = COMPATIBLE.get(`${platform.os}/${platform.architecture}<${format.architecture}`);
  if (format.architecture !== platform.architecture && compatible === undefined) return wrongSystem(program);
  const is = `${path} is ${describeFormat(format)}`;
  if (compatible !== undefined) return warning(`${is}: ${compatible}`, rebuild(platform));
  if (!format.startable) return library(program);
  const { loader } = format;
  if (loader === undefined) return ok(`${is}, static: it needs no library of the system`);
  if (platform.os !== "linux") return ok(is);
  const musl = /\/ld-musl-/.test(loader);
  if (musl && platform["os.features"]?.includes("libc.musl") !== true)
    return warning(
      `${is} that needs musl (${loader}), which most Linux systems have not`,
      `Link it statically, or against glibc, and ${PUSH_NEW}`,
    );
  if (!musl && !/^\/lib(64)?\/ld[^/]*\.so\.\d+$/.test(loader))
    return failed(
      `${is} that is loaded by ${loader}, which is on no computer but those that are set up as the one it was built on`,
      `Link it statically, or build it on a usual system or in a container of one, and ${PUSH_NEW}`,
    );
  return ok(`${is}, for ${musl ? "musl" : "glibc"}`);
}

function judgeMachO(program: Program, { slices }: MachOFormat): Verdict {
  const { path, format, platform } = program;
  const is = `${path} is ${describeFormat(format)}`;
  const own = slices.find(({ architecture }) => architecture === platform.architecture);
  const used =
    own ?? slices.find(({ architecture }) => COMPATIBLE.has(`darwin/${platform.architecture}<${architecture}`));
  if (used === undefined) return wrongSystem(program);
  if (!used.startable) return library(program);
  if (own !== undefined) return ok(is);
  return warning(`${is}: it runs by Rosetta 2, which a Mac may have to fetch first`, rebuild(platform));
}

function judgePe(program: Program, format: PeFormat): Verdict {
  const { path, platform } = program;
  const compatible = COMPATIBLE.get(`windows/${platform.architecture}<${format.architecture}`);
  if (format.architecture !== platform.architecture && compatible === undefined) return wrongSystem(program);
  if (!format.startable) return library(program);
  const is = `${path} is ${describeFormat(format)}`;
  // Of a path without an extension Windows looks only for .com and .exe.
  if (!/[^/.][^/]*\.[^/.]+$/.test(path))
    return failed(
      `${path} has no extension: Windows does not start it under this name`,
      `Name it ${path}.exe, and ${PUSH_NEW}`,
    );
  if (program.interface === "window" && format.subsystem === "console")
    return warning(
      `${is}, with a console, and installer.json says "interface": "window": a black window opens beside its own`,
      `Link it for the window subsystem (Go: -ldflags -H=windowsgui; gcc: -mwindows), and ${PUSH_NEW}`,
    );
  if (program.interface === "console" && format.subsystem === "window")
    return warning(
      `${is}, without a console, and installer.json says "interface": "console": what it prints is not seen`,
      'If it has windows of its own, say "interface": "window" in installer.json and build the launchers again; otherwise link it for the console.',
    );
  return ok(compatible === undefined ? is : `${is}: ${compatible}`);
}

// What runs although its processor is another.
const COMPATIBLE: ReadonlyMap<string, string> = new Map([
  ["darwin/arm64<amd64", "it runs by Rosetta 2"],
  ["windows/amd64<386", "64-bit Windows runs it"],
  ["windows/arm64<386", "Windows runs it by emulation"],
  ["windows/arm64<amd64", "Windows runs it by emulation"],
  ["linux/amd64<386", "it runs only where the libraries for 32 bits are installed"],
  ["linux/arm64<arm", "it runs only on processors that still know 32 bits"],
]);

function wrongSystem({ path, format, platform }: Program): Verdict {
  const system = format.kind === "elf" && format.system !== undefined ? ` on ${format.system}` : "";
  return failed(
    `${path} is ${describeFormat(format)}${system}, published as ${formatPlatform(platform)}`,
    rebuild(platform),
  );
}

function library({ path, platform }: Program): Verdict {
  return failed(
    `${path} is a library, which nothing starts`,
    `Name the program with --entrypoint PATH: ${rebuild(platform)}`,
  );
}

function rebuild({ os, architecture }: Platform): string {
  return `Build it for ${os}/${architecture} (Go: GOOS=${os} GOARCH=${architecture}), look at which path stands behind ${os}/${architecture}=, and ${PUSH_NEW}`;
}
