import { build } from "plist";

/** A file that a bundle's signature covers. */
export interface SealedFile {
  /** Relative to Contents/, with slashes, such as Resources/icon.icns. */
  readonly path: string;
  readonly sha1: Uint8Array;
  readonly sha256: Uint8Array;
}

// As codesign has them where nobody says otherwise: `rules` for systems before 10.9, `rules2` since.
const RULES = {
  "^Resources/": true,
  "^Resources/.*\\.lproj/": { optional: true, weight: 1000 },
  "^Resources/.*\\.lproj/locversion.plist$": { omit: true, weight: 1100 },
  "^Resources/Base\\.lproj/": { weight: 1010 },
  "^version.plist$": true,
};
const RULES_2 = {
  ".*\\.dSYM($|/)": { weight: 11 },
  "^(.*/)?\\.DS_Store$": { omit: true, weight: 2000 },
  "^(Frameworks|SharedFrameworks|PlugIns|Plug-ins|XPCServices|Helpers|MacOS|Library/(Automator|Spotlight|LoginItems))/":
    { nested: true, weight: 10 },
  "^.*": true,
  "^Info\\.plist$": { omit: true, weight: 20 },
  "^PkgInfo$": { omit: true, weight: 20 },
  "^Resources/": { weight: 20 },
  "^Resources/.*\\.lproj/": { optional: true, weight: 1000 },
  "^Resources/.*\\.lproj/locversion.plist$": { omit: true, weight: 1100 },
  "^Resources/Base\\.lproj/": { weight: 1010 },
  "^[^/]+$": { nested: true, weight: 10 },
  "^embedded\\.provisionprofile$": { weight: 20 },
  "^version\\.plist$": { weight: 20 },
};

/**
 * The seal `_CodeSignature/CodeResources` as XML.
 *
 * @param files all but Info.plist, PkgInfo, the main executable and the seal itself, which are not in it.
 */
export function composeCodeResources(files: readonly SealedFile[]): string {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const old = sorted.filter(({ path }) => /^(Resources\/|version.plist$)/.test(path));
  const text = build({
    files: Object.fromEntries(old.map(({ path, sha1 }) => [path, sha1])),
    files2: Object.fromEntries(sorted.map(({ path, sha1, sha256 }) => [path, { hash: sha1, hash2: sha256 }])),
    rules: RULES,
    rules2: RULES_2,
  });
  // codesign writes weights as reals, and some readers take nothing else; the library writes whole numbers as integers.
  return text.replaceAll(/(<key>weight<\/key>\s*)<integer>(\d+)<\/integer>/g, "$1<real>$2</real>");
}
