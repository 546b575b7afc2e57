import type { Digest } from "../../oci/digest.ts";
import { AppError } from "../../errors.ts";
import { type Answer, jsonAnswer, SpecError } from "./answer.ts";
import type { RegistryRepository, RegistryStorage } from "./storage.ts";

/** end-3 */
export async function getManifest(repository: RegistryRepository, reference: string): Promise<Answer> {
  try {
    const { descriptor, bytes } = await repository.fetchManifest(reference);
    return {
      status: 200,
      headers: {
        "content-type": descriptor.mediaType,
        "content-length": String(descriptor.size),
        "docker-content-digest": descriptor.digest,
        etag: `"${descriptor.digest}"`,
      },
      body: bytes,
    };
  } catch (error) {
    if (error instanceof AppError && error.code === "not-found")
      throw new SpecError(404, "MANIFEST_UNKNOWN", `no manifest ${reference}`);
    throw error;
  }
}

/** end-2, with one range (RFC 9110 section 14). */
export async function getBlob(
  repository: RegistryRepository,
  digest: Digest,
  range: string | undefined,
): Promise<Answer> {
  const size = await repository.blobSize(digest);
  if (size === undefined) throw new SpecError(404, "BLOB_UNKNOWN", `no blob ${digest}`);
  const headers = {
    "content-type": "application/octet-stream",
    "docker-content-digest": digest,
    "accept-ranges": "bytes",
    etag: `"${digest}"`,
  };
  const descriptor = { mediaType: "application/octet-stream", digest, size };
  const wanted = parseRange(range, size);
  if (wanted === "whole") {
    return { status: 200, headers: { ...headers, "content-length": String(size) }, body: repository.fetch(descriptor) };
  }
  if (wanted === "unsatisfiable")
    return { status: 416, headers: { "content-range": `bytes */${size}`, "content-length": "0" } };
  const { first, last } = wanted;
  return {
    status: 206,
    headers: {
      ...headers,
      "content-length": String(last - first + 1),
      "content-range": `bytes ${first}-${last}/${size}`,
    },
    body:
      first === 0
        ? firstBytes(repository.fetch(descriptor), last + 1)
        : firstBytes(repository.fetch(descriptor, { offset: first }), last - first + 1),
  };
}

/** end-8a, end-8b: sorted, at most n, after `last`. */
export async function listTags(repository: RegistryRepository, name: string, query: URLSearchParams): Promise<Answer> {
  const tags = await repository.tags().catch((error: unknown) => {
    if (error instanceof AppError && error.code === "not-found") return [];
    throw error;
  });
  const { page, link } = paginate(sortNames(tags), query, `/v2/${name}/tags/list`);
  return jsonAnswer({ name, tags: page }, link);
}

export async function listRepositories(storage: RegistryStorage, query: URLSearchParams): Promise<Answer> {
  const { page, link } = paginate(await storage.names(), query, "/v2/_catalog");
  return jsonAnswer({ repositories: page }, link);
}

/** By code unit, as the spec's lexical order has it. */
function sortNames(names: readonly string[]): string[] {
  return [...names].sort((a, b) => (a < b ? -1 : 1));
}

function paginate(
  sorted: readonly string[],
  query: URLSearchParams,
  path: string,
): { page: readonly string[]; link: Record<string, string> } {
  const last = query.get("last");
  const text = query.get("n");
  if (text !== null && !/^\d{1,9}$/.test(text))
    throw new SpecError(400, "UNSUPPORTED", `n is not a number: ${JSON.stringify(text.slice(0, 50))}`);
  const rest = last === null ? sorted : sorted.filter((entry) => entry > last);
  const count = text === null ? rest.length : Number(text);
  const page = rest.slice(0, count);
  const end = page.at(-1);
  if (end === undefined || rest.length <= count) return { page, link: {} };
  return { page, link: { link: `<${path}?n=${count}&last=${encodeURIComponent(end)}>; rel="next"` } };
}

function parseRange(
  range: string | undefined,
  size: number,
): "whole" | "unsatisfiable" | { first: number; last: number } {
  const match = /^bytes=(\d*)-(\d*)$/.exec(range ?? "");
  // Several ranges, other units and nonsense may be ignored.
  if (match === null || (match[1] === "" && match[2] === "")) return "whole";
  const [, start = "", end = ""] = match;
  const first = start === "" ? Math.max(0, size - Number(end)) : Number(start);
  const last = start === "" || end === "" ? size - 1 : Math.min(Number(end), size - 1);
  return first >= size || first > last ? "unsatisfiable" : { first, last };
}

async function* firstBytes(bytes: AsyncIterable<Uint8Array>, count: number): AsyncIterable<Uint8Array> {
  let left = count;
  for await (const chunk of bytes) {
    yield chunk.subarray(0, Math.min(left, chunk.byteLength));
    left -= chunk.byteLength;
    if (left <= 0) return;
  }
}
