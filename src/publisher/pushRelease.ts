import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { AppError, diskError, systemCodeOf } from "../errors.ts";
import { TITLE } from "../oci/annotations.ts";
import { copyGraph } from "../oci/copy.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { formatPlatform, type Platform } from "../oci/platform.ts";
import { formatReference, type Reference } from "../oci/reference.ts";
import { type Content, contentOf, notFound, type Storage, type TaggedStorage } from "../oci/storage.ts";
import { composeIndex, composePlatformManifest } from "../release/compose.ts";
import type { Compression } from "../release/compression.ts";
import { packDirectory, packFile, type Packed } from "../release/pack.ts";
import { findFolderProgram } from "./folderProgram.ts";

export interface PushRequest {
  /** With the tag that the release gets. */
  readonly reference: Reference;
  readonly version: string;
  /** The program's name for people. */
  readonly title: string;
  readonly platforms: readonly { readonly platform: Platform; readonly path: string }[];
  /** Files and folders that every platform gets. */
  readonly includes: readonly string[];
  /** The program inside a platform's folder, relative and with "/". */
  readonly entrypoint: string | undefined;
  readonly compression: Compression;
  readonly compat: boolean;
  readonly annotations: Readonly<Record<string, string>>;
  /** RFC 3339. */
  readonly created: string | undefined;
  /** Whether the tag may be taken from other content. */
  readonly force: boolean;
}

export interface PushResult {
  readonly reference: string;
  readonly digest: Digest;
  readonly version: string;
  readonly platforms: readonly { readonly platform: string; readonly digest: Digest; readonly bytes: number }[];
  /** `unchanged`: the registry had this very release under this tag. */
  readonly result: "pushed" | "unchanged" | "replaced";
  /** Bytes that travelled; what was there is not sent again. */
  readonly sent: number;
}

/** Publishes a release: children first, one index last, under its tag, so that no client ever finds half of it. */
export async function pushRelease(
  request: PushRequest,
  {
    target,
    cwd,
    note,
  }: { readonly target: TaggedStorage; readonly cwd: string; readonly note: (text: string) => void },
): Promise<PushResult> {
  const workDirectory = await mkdtemp(join(tmpdir(), "slipway-push-"));
  try {
    const staged = await stage(request, { cwd, workDirectory, note });
    const tag = request.reference.tag ?? "";
    const before = await resolveTag(target, tag);
    const { digest } = staged.index;
    const summary = {
      reference: formatReference(request.reference),
      digest,
      version: request.version,
      platforms: staged.platforms,
    };
    if (before === digest) return { ...summary, result: "unchanged", sent: 0 };
    if (before !== undefined && !request.force) {
      throw new AppError("cannot-create", `${summary.reference} exists with other content (${before})`, {
        hint: "A published version should not change: push a new one. To replace it all the same: --force",
      });
    }
    let sent = 0;
    await copyGraph(staged.source, target, staged.index, {
      tag,
      onEvent: (event) => {
        if (event.kind === "done") sent += event.descriptor.size;
      },
    });
    return { ...summary, result: before === undefined ? "pushed" : "replaced", sent };
  } finally {
    await rm(workDirectory, { recursive: true, force: true });
  }
}

interface Staged {
  readonly source: Storage;
  readonly index: Descriptor;
  readonly platforms: PushResult["platforms"];
}

interface StageOptions {
  readonly cwd: string;
  readonly workDirectory: string;
  readonly note: (text: string) => void;
}

/** Packs everything and composes the manifests; nothing has travelled yet. */
async function stage(request: PushRequest, options: StageOptions): Promise<Staged> {
  const contents = new Map<Digest, Content>();
  const keep = (packed: Packed): Descriptor => {
    contents.set(packed.descriptor.digest, packed.content);
    return packed.descriptor;
  };
  const shared = await Promise.all(
    request.includes.map(async (path) => keep(await packInclude(path, request, options))),
  );
  const manifests = await Promise.all(
    request.platforms.map(async ({ platform, path }) => {
      const program = await packProgram(path, platform, { request, options });
      const layers = [keep(program.packed), ...shared];
      refuseSameTitles(layers);
      const { descriptor, bytes, config } = composePlatformManifest({
        platform,
        layers,
        compat: request.compat,
        ...(program.entrypoint === undefined ? {} : { entrypoint: program.entrypoint }),
      });
      contents.set(config.descriptor.digest, contentOf(config.bytes));
      contents.set(descriptor.digest, contentOf(bytes));
      options.note(`packed ${formatPlatform(platform)}\n`);
      return { descriptor, platform, bytes: layers.reduce((sum, { size }) => sum + size, 0) };
    }),
  );
  const { created, annotations, title, version } = request;
  const index = composeIndex({
    manifests,
    title,
    version,
    annotations,
    ...(created === undefined ? {} : { created }),
  });
  contents.set(index.descriptor.digest, contentOf(index.bytes));
  return {
    source: openStaged(contents),
    index: index.descriptor,
    platforms: manifests.map(({ platform, descriptor, bytes }) => ({
      platform: formatPlatform(platform),
      digest: descriptor.digest,
      bytes,
    })),
  };
}

async function packProgram(
  path: string,
  platform: Platform,
  { request, options }: { request: PushRequest; options: StageOptions },
): Promise<{ packed: Packed; entrypoint: string | undefined }> {
  const absolute = resolve(options.cwd, path);
  const pack = { compression: request.compression, workDirectory: options.workDirectory };
  const found = await statInput(absolute, `for ${formatPlatform(platform)}`);
  if (!found.isDirectory()) return { packed: await packFile(absolute, pack), entrypoint: basename(absolute) };
  const entrypoint = await findFolderProgram(absolute, platform, request.entrypoint);
  return { packed: await packDirectory(absolute, { ...pack, title: "." }), entrypoint };
}

async function packInclude(path: string, request: PushRequest, { cwd, workDirectory }: StageOptions): Promise<Packed> {
  const absolute = resolve(cwd, path);
  const pack = { compression: request.compression, workDirectory };
  const found = await statInput(absolute, "to include");
  return found.isDirectory()
    ? await packDirectory(absolute, { ...pack, title: basename(absolute) })
    : await packFile(absolute, pack);
}

function refuseSameTitles(layers: readonly Descriptor[]): void {
  const seen = new Set<string>();
  for (const { annotations } of layers) {
    const title = annotations?.[TITLE] ?? "";
    if (seen.has(title))
      throw new AppError("usage", `two things are called ${JSON.stringify(title)} in the release`, {
        hint: "Rename one of them.",
      });
    seen.add(title);
  }
}

async function statInput(path: string, purpose: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") {
      throw new AppError("not-found", `there is no ${path} ${purpose}`, {
        hint: "Check the path; it is relative to the current folder.",
      });
    }
    throw diskError(error, path);
  }
}

async function resolveTag(target: TaggedStorage, tag: string): Promise<Digest | undefined> {
  try {
    return (await target.resolve(tag)).digest;
  } catch (error) {
    if (error instanceof AppError && error.code === "not-found") return undefined;
    throw error;
  }
}

function openStaged(contents: ReadonlyMap<Digest, Content>): Storage {
  const find = (digest: Digest): Content => {
    const found = contents.get(digest);
    if (found === undefined) throw notFound(digest);
    return found;
  };
  return {
    has: async ({ digest }) => contents.has(digest),
    fetch: ({ digest }, options) => find(digest)(options?.offset ?? 0),
    push: async () => await Promise.reject(new AppError("internal", "what is staged for a push is not written to")),
  };
}
