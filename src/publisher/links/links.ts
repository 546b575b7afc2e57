import { AppError } from "../../errors.ts";
import { TITLE, UNCOMPRESSED_DIGEST } from "../../oci/annotations.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { type Digest, encodedOf } from "../../oci/digest.ts";
import type { Repository } from "../../oci/reference.ts";
import type { FetchedManifest, TaggedStorage } from "../../oci/storage.ts";
import type { LinkAnswer, LinkProbe } from "../../registry/probe.ts";
import { type Compression, compressionOf } from "../../release/compression.ts";
import { splitSafePath } from "../../release/safePath.ts";
import { listFiles } from "../listFiles.ts";

/** A file of a release, and the address at which the registry has it. */
export interface FileLink {
  /** Undefined for files that belong to no platform. */
  readonly platform: string | undefined;
  /** What to save it as. */
  readonly name: string;
  readonly url: string;
  /** Of what the address gives: bytes, and digest. */
  readonly size: number;
  readonly digest: Digest;
  /** What has to be undone to have the file itself; "none" when the address gives it straight. */
  readonly compression: Compression;
  /** sha256 of the file itself, where the release says it. */
  readonly fileDigest: string | undefined;
  readonly answer: LinkAnswer;
  /** A line for a shell that downloads the file and checks it. */
  readonly command: string | undefined;
}

/** Every file of what the root stands for, each address tried as a stranger. */
export async function findLinks(
  storage: TaggedStorage,
  root: FetchedManifest,
  { probe, repository }: { readonly probe: LinkProbe; readonly repository: Repository },
): Promise<FileLink[]> {
  const files = await listFiles(storage, root);
  const answers = new Map<Digest, LinkAnswer>();
  const links: FileLink[] = [];
  // One after the other: a registry that limits requests answers a stranger's flood with refusals.
  for (const { platform, layer } of files) {
    const answer = answers.get(layer.digest) ?? (await probe.ask(repository, layer.digest));
    answers.set(layer.digest, answer);
    const url = probe.urlOf(repository, layer.digest).href;
    const compression = compressionOf(layer.mediaType);
    const name = nameOf(layer);
    links.push({
      platform,
      name,
      url,
      size: layer.size,
      digest: layer.digest,
      compression,
      fileDigest: compression === "none" ? layer.digest : layer.annotations?.[UNCOMPRESSED_DIGEST],
      answer,
      command: formatCommand({ name, url, digest: layer.digest }, answer),
    });
  }
  return links;
}

/** The last part of the title; a title is a stranger's word, and one that means mischief is not used. */
function nameOf({ annotations, digest, mediaType }: Descriptor): string {
  const suffix = `${/tar/.test(mediaType) ? ".tar" : ""}${SUFFIX[compressionOf(mediaType)]}`;
  const fallback = `sha256-${encodedOf(digest).slice(0, 12)}${suffix}`;
  try {
    const last = splitSafePath(annotations?.[TITLE] ?? "", "win32").at(-1);
    if (last === undefined) return fallback;
    return suffix === "" || /\.(tar|tgz|gz|zst|tzst)$/i.test(last) ? last : `${last}${suffix}`;
  } catch (error) {
    if (error instanceof AppError) return fallback;
    throw error;
  }
}

const SUFFIX: Readonly<Record<Compression, string>> = { zstd: ".zst", gzip: ".gz", none: "" };

function formatCommand(file: DownloadedFile, answer: LinkAnswer): string | undefined {
  if (answer.kind === "open") return formatDownload(file);
  if (answer.kind !== "token") return undefined;
  const token = `"Authorization: Bearer $(curl -fsS ${quote(answer.tokenUrl.href)} | sed -E 's/.*"(access_)?token" *: *"([^"]*)".*/\\2/')"`;
  return formatDownload(file, ` -H ${token}`);
}

interface DownloadedFile {
  readonly name: string;
  readonly url: string;
  readonly digest: Digest;
}

/** A line for a shell that downloads a file and checks it. */
export function formatDownload({ name, url, digest }: DownloadedFile, options = ""): string {
  const check = digest.startsWith("sha256:") ? ` && echo ${quote(`${encodedOf(digest)}  ${name}`)} | sha256sum -c` : "";
  return `curl -fL -o ${quote(name)}${options} ${quote(url)}${check}`;
}

/** For a POSIX shell. */
function quote(text: string): string {
  return /^[A-Za-z0-9_./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
