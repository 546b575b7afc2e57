// This file is on the launch path.

/** A Mac's app bundle around an executable, such as `/Applications/Example.app`; undefined where there is none. */
export function bundleOf(executable: string): string | undefined {
  return /^(.+\.app)\/Contents\/MacOS\/[^/]+$/.exec(executable)?.[1];
}

/** The bundle's own name, as people read it, but for what some system that builds or runs it does not take. */
export function bundleNameOf(name: string): string {
  const allowed = name.replace(/[/\\:*?"<>|\p{Cc}\p{Cs}]+/gu, "-").replace(/^[.\s]+/, "");
  // A file name has at most 255 bytes, and a character up to four.
  return `${/^.{0,60}/su.exec(allowed)?.[0].trim() || "program"}.app`;
}
