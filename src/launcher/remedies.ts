import type { Remedy } from "../errors.ts";

/**
 * What a person who starts a program can do about an error: a launcher has few options, and what weakens its trust is
 * not among them.
 */
export function launcherWording(remedy: Remedy): string | undefined {
  switch (remedy.kind) {
    case "login":
      // Nobody else asks for a password here: what Docker has stored is what we read.
      return `The logins that Docker keeps are used here: docker login ${remedy.host}`;
    case "publish-release":
    case "pull-schema1":
    case "sign-release":
      return "Tell the publisher.";
    case "choose-version":
      return "To choose one: --launcher pin VERSION";
    case "choose-prerelease":
      return "For example: --launcher channel NAME, or --launcher pin VERSION";
    case "trust-issuer":
    case "trust-anyway":
    case "plain-http":
    case "name-proxy-login":
    case "write-archive":
      return undefined;
  }
}
