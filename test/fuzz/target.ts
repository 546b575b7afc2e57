import { Buffer } from "node:buffer";
import { AppError } from "../../src/errors.ts";
import { isTooDeep } from "../../src/nesting.ts";

/** One reader of strangers' bytes. */
export interface Target {
  readonly name: string;
  /** What it is meant to read: every other input is made of these. */
  readonly seeds: readonly Uint8Array[];
  /** May refuse with an AppError; anything else that it throws is a finding. */
  readonly run: (bytes: Uint8Array) => void | Promise<void>;
}

/** A sample as it is easiest to write down: objects stand for their JSON. */
export type Sample = string | Uint8Array | object;

export function target(name: string, samples: readonly Sample[], run: Target["run"]): Target {
  return { name, seeds: samples.map(bytesOf), run };
}

/** For a reader of JSON that is handed the value and not the bytes. */
export function jsonTarget(name: string, samples: readonly Sample[], run: (value: unknown) => void): Target {
  return target(name, samples, (bytes) => {
    let value: unknown;
    // As whoever reads the file sees to it.
    if (isTooDeep(textOf(bytes))) return undefined;
    try {
      value = JSON.parse(textOf(bytes));
    } catch {
      return undefined;
    }
    return run(value);
  });
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}

/** Lines of text, of which each is an argument. */
export function linesOf(bytes: Uint8Array): string[] {
  return textOf(bytes).split("\n");
}

/** The value, or undefined where it was refused as it should be: what comes after is tried all the same. */
export function polite<Value>(parse: () => Value): Value | undefined {
  try {
    return parse();
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

export async function politely<Value>(parse: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await parse();
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/** An error of ours, for a person to read. */
export function isRefusal(error: unknown): boolean {
  return error instanceof AppError;
}

/** A number that is always the same for the same bytes: chooses among ways to read them. */
export function choiceOf(bytes: Uint8Array, choices: number): number {
  let sum = bytes.byteLength;
  for (const byte of bytes.subarray(0, 4096)) sum = (sum * 31 + byte) >>> 0;
  return sum % choices;
}

function bytesOf(sample: Sample): Uint8Array {
  if (sample instanceof Uint8Array) return sample;
  return Buffer.from(typeof sample === "string" ? sample : JSON.stringify(sample));
}
