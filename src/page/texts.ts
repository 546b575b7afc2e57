import type { Language } from "./language.ts";
import type { KnownPlatform, System } from "./platforms.ts";
import { DE } from "./texts/de.ts";
import { EN } from "./texts/en.ts";
import { ES } from "./texts/es.ts";
import { FR } from "./texts/fr.ts";
import { JA } from "./texts/ja.ts";
import { ZH } from "./texts/zh.ts";

/** Everything that a page says. What is quoted in it is what the systems themselves say in that language. */
export interface Texts {
  /** The language's own name of itself. */
  readonly languageName: string;
  /** Names the links to the other languages. */
  readonly languages: string;
  title(app: string): string;
  /** What a launcher does. */
  readonly promise: string;
  version(version: string): string;
  /** Names the part with the visitor's own file. */
  readonly yours: string;
  readonly recommended: string;
  /** To a phone. @param systems such as "Windows, Mac and Linux". */
  onComputers(systems: string): string;
  readonly noneForYou: string;
  readonly downloads: string;
  readonly otherDownloads: string;
  /** On the big button. @param system such as "Windows"; undefined for a file that is for all. */
  download(system: string | undefined): string;
  readonly platforms: Readonly<Record<KnownPlatform, string>>;
  readonly systems: Readonly<Record<System, string>>;
  readonly anyComputer: string;
  readonly whichMac: string;
  /** For somebody whose Mac may have either chip. */
  readonly aboutThisMac: string;
  /** The same, where there is no file for the other chip. */
  readonly onlyApple: string;
  readonly facts: string;
  readonly fileName: string;
  readonly size: string;
  readonly copy: string;
  readonly copied: string;
  /** For who hears the page: which text the button copies. It holds {@link copy}. */
  copyWhat(algorithm: string, fileName: string): string;
  readonly check: string;
  readonly help: Readonly<Record<System, string>>;
  /** Steps, one sentence or two each. */
  readonly windowsSteps: readonly string[];
  readonly macZip: string;
  readonly macSteps: readonly string[];
  readonly linuxSteps: readonly string[];
  readonly trust: string;
  news(version: string | undefined): string;
  readonly checksums: string;
}

const TEXTS: Readonly<Record<Language, Texts>> = { en: EN, de: DE, fr: FR, es: ES, ja: JA, zh: ZH };

export function textsOf(language: Language): Texts {
  return TEXTS[language];
}
