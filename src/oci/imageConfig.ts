import * as v from "valibot";
import { digestSchema } from "./descriptor.ts";
import { DOCKER_IMAGE_CONFIG, OCI_IMAGE_CONFIG } from "./mediaTypes.ts";
import { parseJsonAs } from "./parse.ts";

const words = v.nullish(v.array(v.string()));

const imageConfigSchema = v.object({
  architecture: v.nullish(v.string()),
  os: v.nullish(v.string()),
  config: v.nullish(v.object({ Entrypoint: words, Cmd: words, Env: words, WorkingDir: v.nullish(v.string()) })),
  rootfs: v.nullish(v.object({ diff_ids: v.nullish(v.array(digestSchema)) })),
});

/** What Slipway reads of an image's config: image-spec config.md, and Docker's, which is the same. */
export type ImageConfig = v.InferOutput<typeof imageConfigSchema>;

/** @throws AppError `bad-data`. */
export function parseImageConfig(bytes: Uint8Array): ImageConfig {
  return parseJsonAs(imageConfigSchema, bytes, "image config");
}

export function isImageConfigType(mediaType: string): boolean {
  return mediaType === OCI_IMAGE_CONFIG || mediaType === DOCKER_IMAGE_CONFIG;
}

const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Where the program may be that the image starts, relative to its root and in the order of search. Only the program:
 * further words of Entrypoint and Cmd are no part of it, because a person's own arguments are passed as they are.
 */
export function commandPaths({ config }: ImageConfig): string[] {
  const [command] = [...(config?.Entrypoint ?? []), ...(config?.Cmd ?? [])];
  if (command === undefined || command === "") return [];
  if (command.startsWith("/")) return [inside(command)];
  if (command.includes("/")) return [inside(`${config?.WorkingDir ?? "/"}/${command}`)];
  const path = config?.Env?.find((entry) => entry.startsWith("PATH="))?.slice("PATH=".length) ?? DEFAULT_PATH;
  return path.split(":").map((folder) => inside(`${folder}/${command}`));
}

/** From the root down, which ".." cannot leave. */
function inside(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}
