import type { Installer } from "../config/installer.ts";
import type { Dialogs } from "./dialogs.ts";
import type { StartGuard } from "./swap.ts";

/** The program as a person finds it on their computer. */
export interface DesktopApp {
  readonly id: string;
  readonly name: string;
  readonly publisher: string | undefined;
  /** SemVer of the installed program. */
  readonly version: string;
  /** Bytes on the disk, launcher included. Counting them takes a while: only who shows them asks. */
  readonly size: () => Promise<number>;
  readonly interface: Installer["interface"];
  readonly desktop: Installer["desktop"];
  /** The program's icon as a PNG, where the executable does not hold it. */
  readonly icon: Uint8Array | undefined;
  /** What the entry that removes the program is called, in the person's language. */
  readonly uninstall: string;
}

/** What was integrated, as far as taking it away again needs to know. */
export type Integrated = Pick<DesktopApp, "id" | "name" | "desktop">;

/**
 * How a system lets a person find, start and remove a program without a terminal. Windows, Mac and Linux implement it
 * in the same shape; none of it needs an administrator.
 */
export interface Desktop {
  /** The launcher's place, which never changes: its file, or on a Mac the bundle. */
  readonly home: string;
  /** What is copied there: the running file, or the bundle around it. */
  readonly origin: string;
  readonly dialogs: Dialogs;

  /** The file to start in a launcher that has its place, or will have it. */
  executableIn(launcher: string): string;
  /** Makes a launcher of a file as it is published. @returns what {@link place} takes, in this folder. */
  unpack(published: string, directory: string): Promise<string>;
  /**
   * Puts a copy of a launcher at its place, in one step as far as the system allows it; one that runs there is moved
   * aside and not disturbed.
   */
  place(launcher: string): Promise<void>;
  /** Takes away what {@link place} moved aside, when it is no longer used. */
  sweep(): Promise<void>;

  /** Makes shortcuts and entries, or brings them up to date. @returns a sentence for each that could not be made. */
  integrate(app: DesktopApp): Promise<string[]>;
  /** The same for what changes with the installed version alone. */
  describe(app: DesktopApp): Promise<void>;
  /** Takes away what {@link integrate} made. */
  remove(app: Integrated): Promise<void>;
  /** Takes away the launcher and its folder, at the latest when this process has ended. */
  removeLauncher(): Promise<void>;

  /** The person's language where the environment does not say, such as `de-AT`. */
  locale(): Promise<string | undefined>;
  /** A command that opens a terminal with this one in it; undefined where the system does it by itself, or cannot. */
  inTerminal(executable: string): readonly [command: string, ...args: string[]] | undefined;
}

/** What a desktop is opened with. */
export interface DesktopFacts {
  readonly id: string;
  /** The program's name for people. */
  readonly name: string;
  /** The launcher's file name, without an ending. */
  readonly fileName: string;
  /** What the program is called in terminals, if its publisher says. */
  readonly command: string | undefined;
  /** The folder that belongs to the launcher, below the program's own. */
  readonly directory: string;
  /** The script that a fast command leads to, which starts the program or the launcher. */
  readonly entry: string;
  /** Where the launcher has its place already, if it has one. */
  readonly settled: string | undefined;
  /** Path of the running launcher. */
  readonly executable: string;
  /** The person's home folder. */
  readonly userHome: string;
  readonly env: NodeJS.ProcessEnv;
  readonly run: RunCommand;
  readonly startGuard: StartGuard;
}

/** Runs a system's own program to its end, without a window. Never rejects. */
export type RunCommand = (
  command: string,
  args: readonly string[],
) => Promise<{ readonly exitCode: number | undefined; readonly stdout: string }>;
