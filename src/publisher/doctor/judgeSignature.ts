import type { MachOFormat, MachOSlice } from "../../release/format/machO.ts";
import { failed, few, ok, PUSH_NEW, type Verdict, warning } from "./finding.ts";

export interface MacFile {
  readonly path: string;
  readonly format: MachOFormat;
}

/** Whether a Mac starts and loads what is published for it: an arm64 Mac ends what nobody has signed. */
export function judgeSignature(files: readonly MacFile[]): Verdict {
  const fix = `Sign it ad hoc at least (codesign -s - FILE on a Mac, rcodesign sign FILE anywhere), as the last step of its build, and ${PUSH_NEW}`;
  const bad = (wanted: (slice: MachOSlice) => boolean): string[] =>
    files.filter(({ format }) => format.slices.some(wanted)).map(({ path }) => path);
  const damaged = bad(({ signature }) => signature === "damaged");
  if (damaged.length > 0) return failed(`the signature of ${few(damaged)} is damaged: Macs end it at once`, fix);
  const unsigned = bad(({ signature, architecture }) => signature === "none" && architecture === "arm64");
  if (unsigned.length > 0)
    return failed(`${few(unsigned)} is not signed, not even ad hoc: Macs with Apple's processor end it at once`, fix);
  const careless = bad(({ signature }) => signature === "none");
  if (careless.length > 0)
    return warning(`${few(careless)} is not signed: Macs with Intel's processor let it run`, fix);
  const adHoc = bad(({ signature }) => signature === "ad-hoc");
  if (adHoc.length === 0) return ok("by a certificate; whether Apple has notarized it cannot be seen here");
  return ok(
    "ad hoc: enough for what a launcher fetches. Who downloads it in a browser is stopped by Gatekeeper, unless you sign with a certificate and have it notarized",
  );
}
