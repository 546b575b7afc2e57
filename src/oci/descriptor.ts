import * as v from "valibot";
import { type Digest, digestOf, digestProblem } from "./digest.ts";
import { OCI_EMPTY } from "./mediaTypes.ts";
import { platformSchema } from "./platform.ts";

// RFC 6838 section 4.2, as image-spec descriptor.md demands.
const MEDIA_TYPE = /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/;

export const digestSchema = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }): Digest => {
    const problem = digestProblem(dataset.value);
    if (problem === undefined) return dataset.value as Digest;
    addIssue({ message: problem });
    return NEVER;
  }),
);

export const mediaTypeSchema = v.pipe(
  v.string(),
  v.regex(MEDIA_TYPE, "expected a media type such as application/json"),
);

// image-spec annotations.md: string to string; unknown keys are no error.
export const annotationsSchema = v.record(v.string(), v.string());

export const sizeSchema = v.pipe(
  v.number(),
  v.safeInteger((issue) => `expected an integer, got ${issue.received}`),
  v.minValue(0, "expected a size of 0 bytes or more"),
);

export const descriptorSchema = v.object({
  mediaType: mediaTypeSchema,
  digest: digestSchema,
  size: sizeSchema,
  urls: v.exactOptional(v.array(v.string())),
  annotations: v.exactOptional(annotationsSchema),
  data: v.exactOptional(v.string()),
  artifactType: v.exactOptional(mediaTypeSchema),
  platform: v.exactOptional(platformSchema),
});

/** Whether the text is a media type by RFC 6838, without parameters. */
export function isMediaType(text: string): boolean {
  return MEDIA_TYPE.test(text);
}

/** Points at content by type, digest and size in bytes: image-spec descriptor.md. */
export type Descriptor = v.InferOutput<typeof descriptorSchema>;

export function describe(
  mediaType: string,
  bytes: Uint8Array,
  more: Omit<Descriptor, "mediaType" | "digest" | "size"> = {},
): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.byteLength, ...more };
}

/** `{}`, which image-spec manifest.md gives a config that is not there. It is really pushed. */
export const EMPTY_JSON: Uint8Array = new TextEncoder().encode("{}");
export const EMPTY_DESCRIPTOR: Descriptor = describe(OCI_EMPTY, EMPTY_JSON);
