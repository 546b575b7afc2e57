import type { IncomingHttpHeaders } from "node:http";
import { type Claims, selectForVisitor } from "../../../page/selectForVisitor.ts";
import type { Download } from "../../../release/download.ts";
import { type Answer, NO_STORE, redirectAnswer, textAnswer } from "../answer.ts";
import { formatFilePath } from "../route.ts";

// User-Agent Client Hints: what a browser tells only when it is asked. Sec-CH-UA-Platform comes by itself.
const HINTS = "Sec-CH-UA-Arch, Sec-CH-UA-Bitness";

/** Asks a browser to say more of the computer when it comes again. */
export const ACCEPT_HINTS = { "accept-ch": HINTS } as const;

const HEADERS = {
  ...ACCEPT_HINTS,
  // Client Hints Reliability: it comes again at once.
  "critical-ch": HINTS,
  vary: "User-Agent, Sec-CH-UA-Platform, Sec-CH-UA-Arch, Sec-CH-UA-Bitness, Accept",
  "cache-control": NO_STORE,
} as const;

/** Answers `/download`: with the file for the visitor's computer, or with the page where they have to choose. */
export function chooseDownload(downloads: readonly Download[], headers: IncomingHttpHeaders): Answer {
  const choice = selectForVisitor(downloads, claimsOf(headers));
  if (choice.kind === "one") return redirectAnswer(302, addressOf(choice.download), HEADERS);
  if (headers.accept?.includes("text/html") === true) return redirectAnswer(303, "./", HEADERS);
  const [newest] = choice.kind === "unsure" ? choice.downloads : [];
  if (newest !== undefined) return redirectAnswer(302, addressOf(newest), HEADERS);
  const list = downloads.map((download) => formatFilePath(placeOf(download)));
  return textAnswer(406, `It is not known which of these is for your computer:\n\n${list.join("\n")}`, HEADERS);
}

function claimsOf(headers: IncomingHttpHeaders): Claims {
  return {
    userAgent: headers["user-agent"],
    platform: oneOf(headers["sec-ch-ua-platform"]),
    architecture: oneOf(headers["sec-ch-ua-arch"]),
    bitness: oneOf(headers["sec-ch-ua-bitness"]),
  };
}

function oneOf(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Relative to the root: a proxy may have put us below a folder. */
function addressOf(download: Download): string {
  return `.${formatFilePath({ ...placeOf(download), tag: download.tag })}`;
}

function placeOf({ platform }: Download): Parameters<typeof formatFilePath>[0] {
  return { tag: undefined, platform, fileName: undefined };
}
