import { describe, expect, test } from "vitest";
import type { CopyEvent } from "../../../src/oci/copy.ts";
import { openTransferProgress } from "../../../src/publisher/transferProgress.ts";
import { blobOf } from "../../support/bytes.ts";

const blob = blobOf(Buffer.alloc(1000));
const other = blobOf(Buffer.alloc(3000, 1));
const manifest = { ...blobOf(Buffer.alloc(50)), mediaType: "application/vnd.oci.image.manifest.v1+json" };

/** What is drawn, when each event comes at its time in milliseconds. */
function draw(events: readonly (readonly [time: number, event: CopyEvent])[], visible = true): string[] {
  let time = 0;
  const drawn: string[] = [];
  const progress = openTransferProgress({
    label: "pulling",
    visible,
    now: () => time,
    write: (text) => drawn.push(text),
  });
  for (const [at, event] of events) {
    time = at;
    progress.onEvent(event);
  }
  progress[Symbol.dispose]();
  return drawn.map((text) => text.replaceAll("\r", "").replaceAll("\u001b[2K", ""));
}

const queued: readonly (readonly [number, CopyEvent])[] = [
  [0, { kind: "queued", size: blob.size }],
  [0, { kind: "queued", size: other.size }],
];

describe("the progress of a transfer", () => {
  test("is not shown before a second is over", () => {
    expect(draw([...queued, [999, { kind: "progress", descriptor: blob, bytes: 500 }]])).toEqual([]);
  });

  test("is one line for all, and gone at the end", () => {
    const drawn = draw([
      ...queued,
      [1000, { kind: "progress", descriptor: blob, bytes: 1000 }],
      [1050, { kind: "done", descriptor: blob }],
      [2000, { kind: "progress", descriptor: other, bytes: 1000 }],
    ]);
    expect(drawn).toEqual([
      expect.stringMatching(/^pulling █{6}░{18} {2}25 % {2}1\.0 kB of 4\.0 kB, 1\.0 kB\/s, 0 of 2$/),
      expect.stringMatching(/ 50 % {2}2\.0 kB of 4\.0 kB, 1\.0 kB\/s, 1 of 2$/),
      "",
    ]);
  });

  test("counts what begins again once, and what is there already not at all", () => {
    const drawn = draw([
      ...queued,
      [10, { kind: "exists", descriptor: other }],
      [20, { kind: "progress", descriptor: blob, bytes: 800 }],
      [30, { kind: "done", descriptor: manifest }],
      [1000, { kind: "progress", descriptor: blob, bytes: 500 }],
    ]);
    expect(drawn[0]).toMatch(/ 50 % {2}500 B of 1\.0 kB, 500 B\/s, 0 of 1$/);
  });

  test("is nothing without a terminal", () => {
    expect(draw([...queued, [5000, { kind: "progress", descriptor: blob, bytes: 1000 }]], false)).toEqual([]);
  });
});
