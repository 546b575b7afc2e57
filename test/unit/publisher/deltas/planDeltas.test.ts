import { describe, expect, test } from "vitest";
import {
  ENTRYPOINT,
  ORAS_UNPACK,
  TITLE,
  UNCOMPRESSED_DIGEST,
  UNCOMPRESSED_SIZE,
} from "../../../../src/oci/annotations.ts";
import { type Descriptor, EMPTY_DESCRIPTOR } from "../../../../src/oci/descriptor.ts";
import { digestOf } from "../../../../src/oci/digest.ts";
import type { ImageManifest } from "../../../../src/oci/manifest.ts";
import { OCI_MANIFEST } from "../../../../src/oci/mediaTypes.ts";
import { type Base, MOST_BYTES, planDeltas } from "../../../../src/publisher/deltas/planDeltas.ts";

const digest = (text: string) => digestOf(Buffer.from(text));

function layerOf(
  title: string,
  content: string,
  more: Partial<Descriptor> & { readonly plainSize?: number } = {},
): Descriptor {
  const { plainSize = 100_000, annotations, ...others } = more;
  return {
    mediaType: "application/vnd.slipway.file.v1+zstd",
    digest: digest(`compressed ${content}`),
    size: 50_000,
    annotations: {
      [TITLE]: title,
      [UNCOMPRESSED_DIGEST]: digest(content),
      [UNCOMPRESSED_SIZE]: String(plainSize),
      ...annotations,
    },
    ...others,
  };
}

function baseOf(version: string, layers: readonly Descriptor[], entrypoint = "app"): Base {
  const manifest: ImageManifest = {
    kind: "image",
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: EMPTY_DESCRIPTOR,
    layers: [...layers],
    annotations: { [ENTRYPOINT]: entrypoint },
  };
  return { version, manifest };
}

interface Case {
  readonly name: string;
  readonly layers: readonly Descriptor[];
  readonly bases: readonly Base[];
  readonly program?: string;
  /** `version: from > to`. */
  readonly expected: readonly string[];
}

const app = layerOf("app", "new");
const CASES: readonly Case[] = [
  {
    name: "from the file of the same name in each base",
    layers: [app],
    bases: [baseOf("2", [layerOf("app", "b")]), baseOf("1", [layerOf("app", "a")])],
    expected: ["2: b > new", "1: a > new"],
  },
  {
    name: "once from the same content, which the newest release names",
    layers: [app],
    bases: [baseOf("2", [layerOf("app", "a")]), baseOf("1", [layerOf("app", "a")])],
    expected: ["2: a > new"],
  },
  { name: "not from the content itself", layers: [app], bases: [baseOf("1", [app])], expected: [] },
  { name: "not from a file of another name", layers: [app], bases: [baseOf("1", [layerOf("b", "a")])], expected: [] },
  {
    name: "from the program before, whatever it was called",
    layers: [layerOf("app-2", "new")],
    program: "app-2",
    bases: [baseOf("1", [layerOf("LICENSE", "x"), layerOf("app-1", "a")], "app-1")],
    expected: ["1: a > new"],
  },
  {
    name: "from folder to folder, not from a file to a folder",
    layers: [layerOf("data", "new", { annotations: { [ORAS_UNPACK]: "true" } })],
    bases: [
      baseOf("2", [layerOf("data", "file")]),
      baseOf("1", [layerOf("data", "folder", { annotations: { [ORAS_UNPACK]: "true" } })]),
    ],
    expected: ["1: folder > new"],
  },
  {
    name: "not of what is small",
    layers: [{ ...app, size: 9000 }],
    bases: [baseOf("1", [layerOf("app", "a")])],
    expected: [],
  },
  {
    name: "not from layers that do not say what they unpack to",
    layers: [app],
    bases: [baseOf("1", [{ ...layerOf("app", "a"), annotations: { [TITLE]: "app" } }]), baseOf("0", [])],
    expected: [],
  },
];

function formatPlan({ layers, bases, program }: Omit<Case, "name" | "expected">): string[] {
  const names = new Map(["a", "b", "file", "folder", "new"].map((name) => [digest(name), name]));
  return planDeltas([{ layers, bases, program }]).deltas.map(
    ({ version, from, to }) => `${version}: ${names.get(from.digest)} > ${names.get(to.digest)}`,
  );
}

describe("deltas are made", () => {
  test.each(CASES.map((one) => [one.name, one] as const))("%s", (_, one) => {
    expect(formatPlan(one)).toEqual(one.expected);
  });

  test("once for all platforms that share a file", () => {
    const platform = { layers: [app], bases: [baseOf("1", [layerOf("app", "a")])], program: undefined };
    const { deltas, platforms } = planDeltas([platform, platform]);
    expect(deltas).toHaveLength(1);
    expect(platforms).toEqual([deltas, deltas]);
  });

  test("not of what is larger than half a GiB, which is said once", () => {
    const bases = ["2", "1"].map((version) =>
      baseOf(version, [layerOf("app", version, { plainSize: MOST_BYTES + 1 })]),
    );
    expect(planDeltas([{ layers: [app], bases, program: undefined }])).toMatchObject({ deltas: [], tooLarge: ["app"] });
  });
});
