import type { AddressMap } from "./addressMap.ts";
import { type CodeReader, type ReferenceTeller, tellCode } from "./code.ts";
import type { Kind, Layout } from "./layout.ts";
import type { Encode, Reference } from "./references.ts";
import { Rest } from "./rest.ts";
import { type Piece, PIECE_BYTES, putWord, type Transcript } from "./transcript.ts";

/**
 * Tells each byte of a copy by how far it is from what is foretold: from what it was, or for a reference from where the
 * copies say that it leads. Nothing is learned on the way, which is quick where much has changed.
 */
export class Differences implements ReferenceTeller {
  readonly #transcript: Transcript;
  readonly #map: AddressMap;
  readonly #code: CodeReader;
  readonly #foretold = new Uint8Array(PIECE_BYTES);
  #to = 0;

  constructor(transcript: Transcript, { map, layout }: { readonly map: AddressMap; readonly layout: Layout }) {
    this.#transcript = transcript;
    this.#map = map;
    this.#code = { before: transcript.before, layout, references: this, rest: new Rest(transcript) };
  }

  /** Foretells a reference. */
  tell(reference: Reference, encode: Encode): true {
    const word = encode(reference, reference.target + this.#map.shift(reference.target));
    putWord(this.#foretold, reference.at - this.#to, word);
    return true;
  }

  tellPiece(piece: Piece, kind: Kind): void {
    const { before, after, hearing, values } = this.#transcript;
    const { from, to, length } = piece;
    this.#to = to;
    this.#foretold.set(before.subarray(from, from + length));
    this.#code.rest.begin(piece);
    tellCode(piece, kind, this.#code);
    for (let index = 0; index < length; index += 1) {
      const foretold = this.#foretold[index] ?? 0;
      if (hearing) after[to + index] = foretold + values.hear();
      else values.say(((after[to + index] ?? 0) - foretold) & 0xff);
    }
  }
}
