import { AppError } from "../../errors.ts";
import { formatBytes } from "../../format.ts";
import { encodedOf } from "../../oci/digest.ts";
import type { FileLink } from "./links.ts";

/** For people: the file, its address, and what a stranger meets there. */
export function describeLink(file: FileLink): string {
  const digest = encodedOf(file.digest);
  const lines = [
    `${file.platform === undefined ? "" : `${file.platform}  `}${file.name}  ${formatBytes(file.size)}`,
    `  ${file.url}`,
    `  sha256 ${digest}`,
    ...(file.compression === "none" || file.fileDigest === undefined
      ? []
      : [`  ${file.compression} compressed; the file itself has sha256 ${file.fileDigest.replace(/^sha256:/, "")}`]),
    `  ${describeAnswer(file)}`,
    ...(file.command === undefined ? [] : [`  ${file.command}`]),
  ];
  return `${lines.join("\n")}\n`;
}

function describeAnswer({ answer }: FileLink): string {
  switch (answer.kind) {
    case "open":
      return `works for anybody${answer.storage === undefined ? "" : ` (comes from ${answer.storage})`}`;
    case "token":
      return "is public, but not as a plain link: this registry wants a token, which this line fetches first";
    case "refused":
      return `does not work for strangers: ${answer.error.message}`;
    case "failed":
      return `does not work: ${answer.error.message}`;
  }
}

export function plainLink({ answer, ...file }: FileLink) {
  return {
    ...file,
    stranger: answer.kind,
    ...(answer.kind === "token" ? { tokenUrl: answer.tokenUrl.href } : {}),
    ...(answer.kind === "refused" || answer.kind === "failed" ? { reason: answer.error.message } : {}),
  };
}

/** @throws AppError when there are files that strangers do not get, with what to do about the first. */
export function throwUnlessPublic(links: readonly FileLink[]): void {
  const lost = links.filter(({ command }) => command === undefined);
  const [first] = lost;
  if (first === undefined) return;
  const error = first.answer.kind === "refused" || first.answer.kind === "failed" ? first.answer.error : undefined;
  throw new AppError("not-allowed", `${lost.length} of ${links.length} files cannot be downloaded by a stranger`, {
    hint: error?.hint,
    remedy: error?.remedy,
    cause: error,
  });
}
