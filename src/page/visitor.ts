/** What a browser says of the computer it runs on. Each may be missing, and any may be made up. */
export interface VisitorSigns {
  readonly userAgent: string;
  /** Client hints: `Windows`, `macOS`, `Linux`, `Android` ...; without the quotes that the header has. */
  readonly platform?: string | undefined;
  /** Client hints: `x86` or `arm`. */
  readonly architecture?: string | undefined;
  /** Client hints: `64` or `32`. */
  readonly bitness?: string | undefined;
  /** What draws, as WebGL names it: "Apple M1", "Intel(R) Iris(TM) Graphics". */
  readonly renderer?: string | undefined;
  /** How many fingers the screen feels: a tablet may say that it is a Mac. */
  readonly touchPoints?: number | undefined;
  /** Whether a mouse or the like is what mostly points there, and no finger: `(pointer: fine)`. */
  readonly finePointer?: boolean | undefined;
}

export interface Visitor {
  /** Tablets and television sets are phones here: no file is for them. */
  readonly kind: "computer" | "phone" | "unknown";
  /** What runs there, best first, as `platformKey` writes it. */
  readonly platforms: readonly string[];
  /** Whether it may be the second as well as the first: a Mac that does not tell its chip. */
  readonly unsure: boolean;
}

/**
 * Tells which files are for a visitor. The page carries this very function to browsers, as it stands here: it refers to
 * nothing outside of itself, and is written for browsers of the last five years.
 */
export function recognizeVisitor(signs: VisitorSigns): Visitor {
  const { userAgent: agent, architecture, bitness } = signs;
  const named = signs.platform || "";
  const all = named + " " + agent;
  const touched = (signs.touchPoints || 0) > 1;
  const computer = (platforms: string[], unsure = false): Visitor => ({ kind: "computer", platforms, unsure });
  const none = (kind: Visitor["kind"]): Visitor => ({ kind, platforms: [], unsure: false });
  // Some of them take a computer's name, and keep but a word of their own.
  if (
    /Android|iPhone|iPad|iPod|Mobile|\b(Cr|Fx|Edg)?iOS\b|Windows Phone|Tizen|KAIOS|Smart-?TV|Web[0O]S|Xbox/i.test(all)
  )
    return none("phone");
  if (/\bCrOS\b|Chrom(e|ium) OS|\b(riscv|ppc|PPC|s390|loong|mips)/.test(all)) return none("unknown");
  if (named === "Windows" || (named === "" && /Windows NT/.test(agent))) {
    if (architecture === "arm" || /\bARM64\b|aarch64/i.test(agent)) return computer(["windows-arm64", "windows-amd64"]);
    return computer(bitness === "32" ? ["windows-386"] : ["windows-amd64", "windows-386"]);
  }
  if (named === "macOS" || (named === "" && /Macintosh|Mac OS X/.test(agent))) {
    if (touched) return none("phone");
    const drawn = signs.renderer || "";
    if (architecture === "arm" || (!architecture && /Apple M\d/.test(drawn)))
      return computer(["darwin-arm64", "darwin-amd64"]);
    if (architecture === "x86" || /Intel|AMD|Radeon|NVIDIA|GeForce/i.test(drawn)) return computer(["darwin-amd64"]);
    return computer(["darwin-arm64", "darwin-amd64"], true);
  }
  if (named === "Linux" || (named === "" && /Linux/.test(agent))) {
    // A large Android tablet says the same of itself; a computer with a touch screen has something else that points.
    if (touched && !signs.finePointer) return none("unknown");
    // Browsers say x86_64 of any processor, unless they are asked by hints.
    if (architecture === "arm" || (!architecture && /aarch64|arm64/i.test(agent)))
      return computer(bitness === "32" ? ["linux-arm"] : ["linux-arm64"]);
    if (!architecture && /armv[67]/i.test(agent)) return computer(["linux-arm"]);
    if (bitness === "32" || (!architecture && /i[3-6]86(?! on x86_64)/.test(agent))) return computer(["linux-386"]);
    return computer(["linux-amd64", "linux-386"]);
  }
  return none("unknown");
}
