import type { IncomingMessage } from "node:http";
import { AppError } from "../../errors.ts";
import { algorithmOf, digestOf } from "../../oci/digest.ts";
import { childrenOf, MAX_MANIFEST_BYTES, parseManifest } from "../../oci/manifest.ts";
import { isRepositoryName, isTag } from "../../oci/reference.ts";
import { isStoredAsManifest } from "../../oci/mediaTypes.ts";
import { type Bytes, contentOf } from "../../oci/storage.ts";
import { type Answer, SpecError } from "./answer.ts";
import { checkDigest } from "./route.ts";
import type { RegistryRepository, RegistryStorage, Upload } from "./storage.ts";

export interface PushContext {
  readonly storage: RegistryStorage;
  readonly name: string;
  readonly request: IncomingMessage;
  readonly query: URLSearchParams;
}

/** end-4a, end-4b, end-11 */
export async function startUpload({ storage, name, request, query }: PushContext): Promise<Answer> {
  const mount = query.get("mount");
  const from = query.get("from");
  if (mount !== null && from !== null && isRepositoryName(from)) {
    const digest = checkDigest(mount);
    const source = await storage.find(from);
    const size = await source?.blobSize(digest);
    if (source !== undefined && size !== undefined) {
      const descriptor = { mediaType: "application/octet-stream", digest, size };
      await (await storage.open(name)).push(descriptor, (offset) => source.fetch(descriptor, { offset }));
      return created(name, digest);
    }
  }
  const digest = query.get("digest");
  const upload = await storage.startUpload();
  if (digest === null) return accepted(name, upload);
  await upload.append(request as Bytes);
  return await commit(storage, name, { upload, digest });
}

/** end-5 */
export async function continueUpload({ storage, name, request }: PushContext, id: string): Promise<Answer> {
  const upload = findUpload(storage, id);
  checkOrder(request, name, upload);
  await upload.append(request as Bytes);
  return accepted(name, upload);
}

/** end-6 */
export async function finishUpload({ storage, name, request, query }: PushContext, id: string): Promise<Answer> {
  const upload = findUpload(storage, id);
  const digest = query.get("digest");
  if (digest === null) throw new SpecError(400, "DIGEST_INVALID", "the digest is missing");
  checkDigest(digest);
  checkOrder(request, name, upload);
  await upload.append(request as Bytes);
  return await commit(storage, name, { upload, digest });
}

/** end-13 */
export function uploadStatus({ storage, name }: PushContext, id: string): Answer {
  return { status: 204, headers: uploadHeaders(name, findUpload(storage, id)) };
}

/** end-14 */
export async function cancelUpload({ storage }: PushContext, id: string): Promise<Answer> {
  await findUpload(storage, id).cancel();
  return { status: 204 };
}

/** end-7 */
export async function putManifest({ storage, name, request, query }: PushContext, reference: string): Promise<Answer> {
  const bytes = await readAll(request);
  const mediaType = (request.headers["content-type"] ?? "").split(";", 1)[0]?.trim() ?? "";
  if (!isStoredAsManifest(mediaType))
    throw new SpecError(400, "MANIFEST_INVALID", `not a manifest's media type: ${JSON.stringify(mediaType)}`);
  const byDigest = reference.includes(":") ? checkDigest(reference) : undefined;
  const digest = digestOf(bytes, byDigest !== undefined && algorithmOf(byDigest) === "sha512" ? "sha512" : "sha256");
  if (byDigest !== undefined && byDigest !== digest)
    throw new SpecError(400, "DIGEST_INVALID", `expected ${byDigest}, got ${digest}`);
  const repository = await storage.open(name);
  const subject = await checkManifest(repository, bytes, mediaType);
  const tags = [...(byDigest === undefined ? [reference] : []), ...query.getAll("tag").filter(isTag)];
  const descriptor = { mediaType, digest, size: bytes.byteLength };
  await repository.push(descriptor, contentOf(bytes), tags[0] === undefined ? {} : { tag: tags[0] });
  for (const tag of tags.slice(1)) await repository.tag(descriptor, tag);
  return {
    status: 201,
    headers: {
      location: `/v2/${name}/manifests/${digest}`,
      "docker-content-digest": digest,
      "content-length": "0",
      ...(subject === undefined ? {} : { "oci-subject": subject }),
    },
  };
}

/** Everything that it refers to must be there, so that no client ever finds half a release; a subject may be missing. */
async function checkManifest(
  repository: RegistryRepository,
  bytes: Uint8Array,
  mediaType: string,
): Promise<string | undefined> {
  try {
    const manifest = parseManifest(bytes, mediaType);
    for (const child of childrenOf(manifest)) {
      if (child.urls !== undefined && child.urls.length > 0) continue;
      if ((await repository.blobSize(child.digest)) === undefined) {
        throw new SpecError(
          404,
          "MANIFEST_BLOB_UNKNOWN",
          `the manifest refers to ${child.digest}, which was not pushed`,
        );
      }
    }
    return manifest.subject?.digest;
  } catch (error) {
    if (error instanceof AppError) throw new SpecError(400, "MANIFEST_INVALID", error.message);
    throw error;
  }
}

async function readAll(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request as Bytes) {
    size += chunk.byteLength;
    if (size > MAX_MANIFEST_BYTES)
      throw new SpecError(413, "SIZE_INVALID", `a manifest may have ${MAX_MANIFEST_BYTES} bytes at most`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function commit(
  storage: RegistryStorage,
  name: string,
  { upload, digest }: { upload: Upload; digest: string },
): Promise<Answer> {
  const expected = checkDigest(digest);
  try {
    await upload.commit(await storage.open(name), expected);
  } catch (error) {
    if (error instanceof AppError && error.code === "bad-data")
      throw new SpecError(400, "DIGEST_INVALID", error.message);
    throw error;
  }
  return created(name, expected);
}

/** Chunks come in order: a Content-Range must begin where the upload stands. */
function checkOrder(request: IncomingMessage, name: string, upload: Upload): void {
  const range = /^(?:bytes )?(\d+)-(\d+)/.exec(request.headers["content-range"] ?? "");
  if (range !== null && Number(range[1]) !== upload.size) {
    throw new SpecError(
      416,
      "BLOB_UPLOAD_INVALID",
      `expected bytes from ${upload.size} on, got ${range[1] ?? ""}`,
      uploadHeaders(name, upload),
    );
  }
}

function findUpload(storage: RegistryStorage, id: string): Upload {
  const upload = storage.findUpload(id);
  if (upload === undefined) throw new SpecError(404, "BLOB_UPLOAD_UNKNOWN", "no such upload");
  return upload;
}

function created(name: string, digest: string): Answer {
  return {
    status: 201,
    headers: { location: `/v2/${name}/blobs/${digest}`, "docker-content-digest": digest, "content-length": "0" },
  };
}

function accepted(name: string, upload: Upload): Answer {
  return { status: 202, headers: { ...uploadHeaders(name, upload), "content-length": "0" } };
}

function uploadHeaders(name: string, { id, size }: Upload): Record<string, string> {
  return {
    location: `/v2/${name}/blobs/uploads/${id}`,
    range: `0-${Math.max(0, size - 1)}`,
    "docker-upload-uuid": id,
  };
}
