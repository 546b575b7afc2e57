import { describe, expect, test } from "vitest";
import { DELTA_FROM, DELTA_TO, UNCOMPRESSED_DIGEST, UNCOMPRESSED_SIZE } from "../../../src/oci/annotations.ts";
import { type Digest, digestOf } from "../../../src/oci/digest.ts";
import { APP_DELTA } from "../../../src/oci/mediaTypes.ts";
import { deltasOf } from "../../../src/release/delta.ts";
import type { ReleaseLayer } from "../../../src/release/readRelease.ts";
import { planFetch } from "../../../src/update/planFetch.ts";

const digest = (name: string): Digest => digestOf(Buffer.from(name));
const MB = 1_000_000;

/** A file of 10 MB that travels as 4 MB. */
const layer: ReleaseLayer = {
  kind: "file",
  path: "app",
  executable: true,
  compression: "zstd",
  descriptor: {
    mediaType: "application/vnd.slipway.file.v1+zstd",
    digest: digest("layer"),
    size: 4 * MB,
    annotations: { [UNCOMPRESSED_DIGEST]: digest("new"), [UNCOMPRESSED_SIZE]: String(10 * MB) },
  },
};

function deltaOf(from: string, size: number, to = "new") {
  const annotations = { [DELTA_FROM]: digest(from), [DELTA_TO]: digest(to) };
  return { mediaType: APP_DELTA, digest: digest(`${from}-${to}`), size, annotations };
}

describe("a layer's content comes", () => {
  test.each([
    ["whole, where nothing is here", {}, [deltaOf("old", MB)], "whole"],
    ["whole, where no delta is offered", { old: 10 * MB }, [], "whole"],
    ["by a delta from what is here", { old: 10 * MB }, [deltaOf("old", MB)], "old-new"],
    ["whole, where the delta makes something else", { old: 10 * MB }, [deltaOf("old", MB, "x")], "whole"],
    ["whole, where the delta is no smaller", { old: 10 * MB }, [deltaOf("old", 4 * MB)], "whole"],
    ["by the smallest delta", { old: MB, a: MB }, [deltaOf("old", 2 * MB), deltaOf("a", MB)], "a-new"],
    ["by the smallest from what is here", { old: MB }, [deltaOf("old", 2 * MB), deltaOf("a", MB)], "old-new"],
    ["whole, where old and new are more than a GiB together", { old: 1100 * MB }, [deltaOf("old", MB)], "whole"],
    ["from here, at no cost", { old: MB, new: 10 * MB }, [deltaOf("old", 1)], "here"],
    ["not from here, where it has another length", { new: 9 * MB }, [], "whole"],
  ])("%s", (_, here: Readonly<Record<string, number>>, layers, expected) => {
    const sizes = new Map(Object.entries(here).map(([name, size]) => [digest(name), size]));
    const way = planFetch(layer, { deltas: deltasOf({ layers }), sizeOf: (of) => sizes.get(of) });
    const [from, to] = expected.split("-");
    expect(way).toMatchObject(
      to === undefined
        ? { kind: expected }
        : { kind: "delta", delta: { descriptor: { digest: digest(`${from}-${to}`) } } },
    );
  });

  test("whole, where it does not say what it is before compression", () => {
    const descriptor = { ...layer.descriptor, annotations: {} };
    expect(planFetch({ ...layer, descriptor }, { deltas: [], sizeOf: () => 10 * MB })).toEqual({ kind: "whole" });
  });
});

test("a layer that is no delta, or says nonsense of one, is none", () => {
  const good = deltaOf("old", MB);
  expect(
    deltasOf({
      layers: [
        { ...good, mediaType: "application/octet-stream" },
        { ...good, annotations: { [DELTA_FROM]: digest("old") } },
        { ...good, annotations: { ...good.annotations, [DELTA_TO]: "../../etc" } },
        good,
      ],
    }),
  ).toHaveLength(1);
});
