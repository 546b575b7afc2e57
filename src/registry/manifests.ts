import type { Descriptor } from "../oci/descriptor.ts";
import { algorithmOf, type Digest, digestOf, digestProblem, openHash } from "../oci/digest.ts";
import { MAX_MANIFEST_BYTES } from "../oci/manifest.ts";
import {
  DOCKER_SCHEMA1,
  isSchema1Type,
  isStoredAsManifest,
  MANIFEST_ACCEPT,
  OCI_INDEX,
  OCI_MANIFEST,
} from "../oci/mediaTypes.ts";
import { parseJson } from "../oci/parse.ts";
import { payloadOf } from "../oci/schema1.ts";
import {
  type Content,
  digestMismatch,
  type FetchedManifest,
  type PushOptions,
  verifyBytes,
  verifyWhole,
} from "../oci/storage.ts";
import { pullAccess, pushAccess, type RepositoryContext } from "./context.ts";
import { manifestUrl } from "./endpoints.ts";
import { errorOf } from "./requester.ts";
import { htmlAnswer, TELL_REGISTRY } from "./registryError.ts";
import type { HttpResponse } from "./exchange.ts";

const ACCEPT = MANIFEST_ACCEPT.join(", ");

/** end-3. The bytes are what was hashed: by digest they are that digest's, by tag they are what the server calls it. */
export async function getManifest(
  context: RepositoryContext,
  reference: string,
  signal?: AbortSignal,
): Promise<FetchedManifest> {
  // Content by a digest that nobody here can compute would be anything at all.
  if (reference.includes(":")) openHash(reference as Digest);
  const wish = { ...request(context, { method: "GET", reference, signal }), whole: MAX_MANIFEST_BYTES };
  const response = await context.requester.expect(wish, [200]);
  const bytes = await response.bytes(MAX_MANIFEST_BYTES);
  const mediaType = typeOf(response, bytes);
  // Signatures were put into the body later: the digest is that of what was signed. The first registries announced
  // signed ones as mere JSON.
  const content = isSchema1Type(mediaType) ? payloadOf(bytes) : bytes;
  const wanted = reference.includes(":") ? (reference as Digest) : announcedDigest(response);
  const algorithm = wanted !== undefined && algorithmOf(wanted) === "sha512" ? "sha512" : "sha256";
  const digest = digestOf(content, algorithm);
  // An announced digest of an algorithm that we do not compute says nothing; any other must be true.
  if (wanted !== undefined && algorithmOf(wanted) === algorithm && wanted !== digest) {
    throw digestMismatch({ mediaType, digest: wanted, size: content.byteLength }, digest);
  }
  return { descriptor: { mediaType, digest, size: content.byteLength }, bytes: content };
}

/** A manifest by its descriptor, whose size counts as well. */
export async function getManifestBytes(
  context: RepositoryContext,
  descriptor: Descriptor,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const { bytes } = await getManifest(context, descriptor.digest, signal);
  verifyWhole(bytes, descriptor);
  return bytes;
}

/** What the reference stands for: by HEAD where the answer says enough, which costs no pull (Docker Hub), else by GET. */
export async function resolveManifest(
  context: RepositoryContext,
  reference: string,
  signal?: AbortSignal,
): Promise<Descriptor> {
  const response = await context.requester.send(request(context, { method: "HEAD", reference, signal }));
  await response.discard();
  if (response.status === 404) throw await errorOf("GET", response);
  const digest = reference.includes(":") ? (reference as Digest) : announcedDigest(response);
  const mediaType = baseType(response.header("content-type"));
  const size = Number(response.header("content-length") ?? Number.NaN);
  if (
    response.status === 200 &&
    digest !== undefined &&
    isStoredAsManifest(mediaType) &&
    // Its length is that of the body with the signatures.
    !isSchema1Type(mediaType) &&
    Number.isSafeInteger(size) &&
    size > 0
  ) {
    return { mediaType, digest, size };
  }
  return (await getManifest(context, reference, signal)).descriptor;
}

export interface PutResult {
  readonly bytes: Uint8Array;
  /** Whether the server lists the manifest among the referrers of its subject (OCI-Subject). */
  readonly subjectListed: boolean;
}

/** end-7. */
export async function putManifest(
  context: RepositoryContext,
  expected: Descriptor,
  content: Content,
  options: PushOptions,
): Promise<PutResult> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of verifyBytes(content(0), expected)) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const { signal, tag } = options;
  const response = await context.requester.expect(
    {
      method: "PUT",
      url: manifestUrl(context.origin, context.repository, tag ?? expected.digest),
      access: pushAccess(context),
      headers: { "content-type": expected.mediaType },
      body: bytes,
      signal,
    },
    [200, 201, 202],
  );
  await response.discard();
  return { bytes, subjectListed: response.header("oci-subject") !== undefined };
}

export async function hasManifest(context: RepositoryContext, digest: Digest, signal?: AbortSignal): Promise<boolean> {
  const response = await context.requester.send(request(context, { method: "HEAD", reference: digest, signal }));
  await response.discard();
  if (response.status === 200) return true;
  if (response.status === 404) return false;
  throw await errorOf("HEAD", response);
}

function request(
  context: RepositoryContext,
  { method, reference, signal }: { method: "GET" | "HEAD"; reference: string; signal: AbortSignal | undefined },
) {
  const url = manifestUrl(context.origin, context.repository, reference);
  return { method, url, signal, access: pullAccess(context), headers: { accept: ACCEPT } };
}

function announcedDigest(response: HttpResponse): Digest | undefined {
  const text = response.header("docker-content-digest");
  return text !== undefined && digestProblem(text) === undefined ? (text as Digest) : undefined;
}

/** The Content-Type without parameters; where it says nothing, what the body says. */
function typeOf(response: HttpResponse, bytes: Uint8Array): string {
  const announced = baseType(response.header("content-type"));
  if (isStoredAsManifest(announced)) return announced;
  if (announced === "text/html") throw htmlAnswer(response.url);
  const value = parseJson(bytes, `the manifest from ${response.url.host}`, TELL_REGISTRY);
  const body = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  if (typeof body["mediaType"] === "string") return body["mediaType"];
  if (body["schemaVersion"] === 1) return DOCKER_SCHEMA1;
  return Array.isArray(body["manifests"]) ? OCI_INDEX : OCI_MANIFEST;
}

function baseType(contentType: string | undefined): string {
  return (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}
