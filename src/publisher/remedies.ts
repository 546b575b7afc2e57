import type { Remedy } from "../errors.ts";

/** What whoever publishes can do about an error, by this program's own commands and options. */
export function publisherWording(remedy: Remedy): string | undefined {
  switch (remedy.kind) {
    case "login":
      return `Log in with: slipway login ${remedy.host}`;
    case "trust-issuer":
      return `Or with --ca-file FILE. To use it all the same, for this host alone: --insecure ${remedy.host}`;
    case "trust-anyway":
      return `To use it all the same, for this host alone: --insecure ${remedy.host}`;
    case "plain-http":
      return `If it is a registry without TLS, allow it with: --plain-http ${remedy.host}`;
    case "name-proxy-login":
      return "--proxy takes such an address as well.";
    case "publish-release":
      return "Publish the program with: slipway push";
    case "pull-schema1":
      return "Its files can be had with: slipway pull";
    case "write-archive":
      return "And by: slipway copy, slipway pull --format";
    case "choose-version":
      return 'It is "version" in installer.json.';
    case "choose-prerelease":
      return 'They are "channel" and "version" in installer.json; "prereleases": true takes all of them.';
    case "sign-release":
      return "Sign it with one of them: slipway sign REFERENCE --key FILE";
  }
}
