import { AddressMap } from "./addressMap.ts";
import { type CodeReader, tellCode } from "./code.ts";
import type { Copy } from "./copies.ts";
import { Differences } from "./differences.ts";
import { DIFFERENCES, type Method, type ZSTD } from "./header.ts";
import { DATA, type Kind, type Layout } from "./layout.ts";
import { PIECES } from "./predictor.ts";
import { References } from "./references.ts";
import { Rest } from "./rest.ts";
import { type Piece, PIECE_BYTES, type Transcript } from "./transcript.ts";
import { Words } from "./words.ts";

/** What is known of both before any of the content is told. */
export interface Plan {
  readonly method: Exclude<Method, typeof ZSTD>;
  readonly layout: Layout;
  readonly copies: readonly Copy[];
}

/**
 * Tells all of the new content, from its beginning to its end.
 *
 * @returns a generator that gives how many bytes are told, every few thousand. @throws AppError `bad-data`.
 */
export function* tellContent(transcript: Transcript, { layout, copies, method }: Plan): Generator<number, void> {
  const { after, hearing } = transcript;
  const map = new AddressMap(copies, layout);
  const tellPiece = method === DIFFERENCES ? byDifferences() : byModels();
  let told = 0;
  for (const copy of copies) {
    yield* literals(told, copy.to);
    for (const { piece, kind } of piecesOf(copy, layout)) {
      tellPiece(piece, kind);
      yield piece.to + piece.length;
    }
    told = copy.to + copy.length;
  }
  yield* literals(told, after.length);

  function* literals(start: number, end: number): Generator<number, void> {
    for (let at = start; at < end; at += PIECE_BYTES) {
      const stop = Math.min(at + PIECE_BYTES, end);
      if (hearing) after.set(transcript.literals.hearAll(stop - at), at);
      else transcript.literals.sayAll(after.subarray(at, stop));
      yield stop;
    }
  }

  function byModels(): (piece: Piece, kind: Kind) => void {
    const rest = new Rest(transcript);
    const words = new Words(transcript, { rest, map, layout });
    const references = new References(transcript, map);
    const code: CodeReader = { before: transcript.before, layout, references, rest };
    return (piece, kind) => {
      if (tellSame(transcript, piece, kind)) return;
      rest.begin(piece);
      if (!tellCode(piece, kind, code)) words.tell(piece);
      rest.tell(piece, kind);
    };
  }

  function byDifferences(): (piece: Piece, kind: Kind) => void {
    const differences = new Differences(transcript, { map, layout });
    return (piece, kind) => differences.tellPiece(piece, kind);
  }
}

/** @returns whether the piece is told: it is what it was. */
function tellSame({ predictor, before, after, hearing }: Transcript, { from, to, length }: Piece, kind: Kind): boolean {
  const old = before.subarray(from, from + length);
  const said = !hearing && Buffer.compare(old, after.subarray(to, to + length)) === 0 ? 1 : 0;
  const context = 0x60000000 + kind;
  const small = length < PIECE_BYTES ? 16 : 0;
  const same =
    predictor.code(said, PIECES + kind, context, context + small + 256, context + 512 + (from === to ? 16 : 0)) === 1;
  if (same && hearing) after.set(old, to);
  return same;
}

/** The parts of a copy that are of one kind, and not too long: a start that waits for it has timers. */
function* piecesOf({ from, to, length }: Copy, layout: Layout): Generator<{ piece: Piece; kind: Kind }, void> {
  for (let done = 0; done < length;) {
    const at = from + done;
    const { kind, end } = kindAt(at, layout);
    const size = Math.min(PIECE_BYTES, length - done, end - at);
    yield { piece: { from: at, to: to + done, length: size }, kind };
    done += size;
  }
}

function kindAt(offset: number, { code }: Layout): { kind: Kind; end: number } {
  for (const { start, end, kind } of code) {
    if (offset < start) return { kind: DATA, end: start };
    if (offset < end) return { kind, end };
  }
  return { kind: DATA, end: Infinity };
}
