import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Layout, openLayout } from "../../archive/layout.ts";
import { BLOBS, INDEX_FILE, LAYOUT_FILE } from "../../archive/layoutFiles.ts";
import { diskError } from "../../errors.ts";
import { type Digest } from "../../oci/digest.ts";
import { verifyBytes } from "../../oci/storage.ts";
import type { RegistryRepository, RegistryStorage, Upload } from "./storage.ts";

// No legal name component begins with "_": these cannot be anybody's repository.
const UPLOADS = "_uploads";
const RESERVED: ReadonlySet<string> = new Set([BLOBS, INDEX_FILE, LAYOUT_FILE]);

/**
 * A registry on disk: one OCI image layout for each repository, at `<directory>/<name>`, so that other tools read it
 * (`skopeo inspect oci:<directory>/<name>:<tag>`). A name's component that a layout uses itself gets a leading "_".
 * One process at a time.
 */
export async function openDiskRegistry(directory: string): Promise<RegistryStorage> {
  const layouts = new Map<string, Promise<Layout>>();
  const uploads = new Map<string, Upload>();
  const uploadsDirectory = join(directory, UPLOADS);
  try {
    // Uploads that a kill cut off: their clients start again.
    await rm(uploadsDirectory, { recursive: true, force: true });
    await mkdir(uploadsDirectory, { recursive: true });
  } catch (error) {
    throw diskError(error, directory);
  }

  const layoutOf = async (name: string): Promise<Layout> => {
    const opened = layouts.get(name) ?? openLayout(join(directory, ...encodeName(name)));
    layouts.set(name, opened);
    try {
      return await opened;
    } catch (error) {
      // A layout that could not be read may have been mended by the next request.
      layouts.delete(name);
      throw error;
    }
  };
  const exists = async (layout: Layout): Promise<boolean> =>
    await layout.tags().then(
      () => true,
      () => false,
    );

  return {
    names: async () => await findLayouts(directory),

    async find(name) {
      const layout = await layoutOf(name);
      return (await exists(layout)) || (await hasBlobs(layout)) ? layout : undefined;
    },

    open: layoutOf,

    async startUpload() {
      const upload = await openDiskUpload(uploadsDirectory, (id) => uploads.delete(id));
      uploads.set(upload.id, upload);
      return upload;
    },

    findUpload: (id) => uploads.get(id),
  };
}

async function openDiskUpload(directory: string, forget: (id: string) => void): Promise<Upload> {
  const id = randomUUID();
  const path = join(directory, id);
  await (await open(path, "wx")).close();
  let size = 0;
  const end = async (): Promise<void> => {
    forget(id);
    await rm(path, { force: true });
  };
  return {
    id,
    get size() {
      return size;
    },

    async append(bytes) {
      const file = await open(path, "r+");
      try {
        let position = size;
        for await (const chunk of bytes) {
          await file.write(chunk, 0, chunk.byteLength, position);
          position += chunk.byteLength;
        }
        // A request that broke off in the middle counts for nothing: the client sends its chunk again.
        size = position;
      } catch (error) {
        throw diskError(error, path);
      } finally {
        await file.close();
      }
    },

    async commit(repository: RegistryRepository, digest: Digest) {
      try {
        const descriptor = { mediaType: "application/octet-stream", digest, size };
        const file = await open(path, "r+");
        try {
          await file.truncate(size);
          for await (const chunk of verifyBytes(createReadStream(path) as AsyncIterable<Uint8Array>, descriptor))
            void chunk;
          await file.sync();
        } finally {
          await file.close();
        }
        await (repository as Layout).adopt(path, digest);
      } catch (error) {
        throw diskError(error, path);
      } finally {
        await end();
      }
    },

    cancel: end,
  };
}

function encodeName(name: string): string[] {
  return name.split("/").map((part) => (RESERVED.has(part) ? `_${part}` : part));
}

async function hasBlobs(layout: Layout): Promise<boolean> {
  return await readdir(join(layout.directory, BLOBS)).then(
    (algorithms) => algorithms.length > 0,
    () => false,
  );
}

async function findLayouts(root: string): Promise<string[]> {
  const found: string[] = [];
  await walk([]);
  return found.sort();

  async function walk(parts: readonly string[]): Promise<void> {
    const entries = await readdir(join(root, ...parts), { withFileTypes: true }).catch(() => []);
    if (parts.length > 0 && entries.some(({ name }) => name === LAYOUT_FILE))
      found.push(parts.map((part) => part.replace(/^_/, "")).join("/"));
    for (const entry of entries) {
      const inside = entry.isDirectory() && entry.name !== UPLOADS && entry.name !== BLOBS;
      if (inside) await walk([...parts, entry.name]);
    }
  }
}
