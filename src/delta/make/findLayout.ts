import { AddressMap } from "../addressMap.ts";
import type { Copy } from "../copies.ts";
import { readExecutable } from "./executable/readExecutable.ts";
import { findBases } from "./findBases.ts";
import { type Layout, PLAIN } from "../layout.ts";

/** What both contents have in common as executables; {@link PLAIN} where they are none. */
export function findLayout(before: Uint8Array, after: Uint8Array, copies: readonly Copy[]): Layout {
  const [old, now] = [readExecutable(before), readExecutable(after)];
  if (old === undefined || now === undefined) return PLAIN;
  const layout = { before: old.segments, after: now.segments, code: old.code, top: old.top, bases: [] };
  const map = new AddressMap(copies, layout);
  return { ...layout, bases: findBases({ before, after, copies, layout, map, images: [old.base, now.base] }) };
}
