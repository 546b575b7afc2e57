import type { IncomingMessage } from "node:http";
import { AppError, isOfNoUse } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import { isRepositoryName } from "../../oci/reference.ts";
import type { Bytes } from "../../oci/storage.ts";
import { type Answer, SpecError } from "./answer.ts";
import { checkDigest } from "./route.ts";
import type { RegistryStorage, Upload } from "./storage.ts";

export interface PushContext {
  readonly storage: RegistryStorage;
  readonly name: string;
  readonly request: IncomingMessage;
  readonly query: URLSearchParams;
}

/** end-4a, end-4b, end-11 */
export async function startUpload(context: PushContext): Promise<Answer> {
  const { storage, name, request, query } = context;
  const mounted = await mountBlob(context);
  if (mounted !== undefined) return created(name, mounted);
  const digest = query.get("digest");
  if (digest === null) return accepted(await storage.startUpload(name));
  const expected = checkDigest(digest);
  const upload = await storage.startUpload(name);
  try {
    await upload.append(request as Bytes);
  } catch (error) {
    // Nobody was told where it is, so nobody will continue it.
    await upload.cancel();
    throw error;
  }
  return await commit(name, upload, expected);
}

/** end-11. @returns the digest when the other repository had it; the client pushes the bytes when not. */
async function mountBlob({ storage, name, query }: PushContext): Promise<Digest | undefined> {
  const mount = query.get("mount");
  const from = query.get("from");
  if (mount === null) return undefined;
  const digest = checkDigest(mount);
  if (from === null || !isRepositoryName(from)) return undefined;
  const source = await storage.find(from);
  const size = await source?.blobSize(digest);
  if (source === undefined || size === undefined) return undefined;
  const descriptor = { mediaType: "application/octet-stream", digest, size };
  try {
    await (await storage.open(name)).push(descriptor, (offset) => source.fetch(descriptor, { offset }));
    return digest;
  } catch (error) {
    // It was deleted meanwhile, or is damaged.
    if (isOfNoUse(error)) return undefined;
    throw error;
  }
}

/** end-5 */
export async function continueUpload({ storage, name, request }: PushContext, id: string): Promise<Answer> {
  const upload = findUpload(storage, name, id);
  await upload.append(chunkOf(request, upload));
  return accepted(upload);
}

/** end-6 */
export async function finishUpload({ storage, name, request, query }: PushContext, id: string): Promise<Answer> {
  const upload = findUpload(storage, name, id);
  const digest = query.get("digest");
  if (digest === null) throw new SpecError(400, "DIGEST_INVALID", "the digest is missing");
  const expected = checkDigest(digest);
  await upload.append(chunkOf(request, upload));
  return await commit(name, upload, expected);
}

/** end-13 */
export function uploadStatus({ storage, name }: PushContext, id: string): Answer {
  return { status: 204, headers: uploadHeaders(findUpload(storage, name, id)) };
}

/** end-14 */
export async function cancelUpload({ storage, name }: PushContext, id: string): Promise<Answer> {
  await findUpload(storage, name, id).cancel();
  return { status: 204 };
}

async function commit(name: string, upload: Upload, expected: Digest): Promise<Answer> {
  try {
    await upload.commit(expected);
  } catch (error) {
    if (error instanceof AppError && error.code === "bad-data")
      throw new SpecError(400, "DIGEST_INVALID", error.message);
    throw error;
  }
  return created(name, expected);
}

/** The bytes of a request. With a Content-Range they begin where the upload stands, and are as many as it says. */
function chunkOf(request: IncomingMessage, upload: Upload): Bytes {
  const header = request.headers["content-range"];
  if (header === undefined) return request as Bytes;
  const [, first, last] = /^(?:bytes )?(\d+)-(\d+)(?:\/(?:\d+|\*))?$/.exec(header) ?? [];
  if (first === undefined || last === undefined || Number(first) !== upload.size) {
    throw new SpecError(
      416,
      "BLOB_UPLOAD_INVALID",
      `expected bytes from ${upload.size} on, got ${JSON.stringify(header.slice(0, 100))}`,
      uploadHeaders(upload),
    );
  }
  return exactly(request as Bytes, Number(last) - Number(first) + 1);
}

async function* exactly(bytes: Bytes, expected: number): Bytes {
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.byteLength;
    yield chunk;
  }
  if (size !== expected)
    throw new SpecError(400, "SIZE_INVALID", `Content-Range says ${expected} bytes, but there were ${size}`);
}

function findUpload(storage: RegistryStorage, name: string, id: string): Upload {
  const upload = storage.findUpload(name, id);
  if (upload === undefined) throw new SpecError(404, "BLOB_UPLOAD_UNKNOWN", "no such upload");
  return upload;
}

function created(name: string, digest: string): Answer {
  return {
    status: 201,
    headers: { location: `/v2/${name}/blobs/${digest}`, "docker-content-digest": digest, "content-length": "0" },
  };
}

function accepted(upload: Upload): Answer {
  return { status: 202, headers: { ...uploadHeaders(upload), "content-length": "0" } };
}

function uploadHeaders({ id, name, size }: Upload): Record<string, string> {
  return {
    location: `/v2/${name}/blobs/uploads/${id}`,
    range: `0-${Math.max(0, size - 1)}`,
    "docker-upload-uuid": id,
  };
}
