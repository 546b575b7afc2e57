import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Layout, openLayout } from "../../archive/layout.ts";
import { BLOBS, INDEX_FILE, LAYOUT_FILE } from "../../archive/layoutFiles.ts";
import { diskError } from "../../errors.ts";
import { isRepositoryName } from "../../oci/reference.ts";
import { openDiskUpload } from "./diskUpload.ts";
import type { RegistryStorage, Upload } from "./storage.ts";

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

  async function open(name: string): Promise<Layout> {
    const opened = layouts.get(name) ?? openLayout(join(directory, ...encodeName(name)));
    layouts.set(name, opened);
    try {
      return await opened;
    } catch (error) {
      // A layout that could not be read may have been mended by the next request.
      layouts.delete(name);
      throw error;
    }
  }

  return {
    names: async () => await findLayouts(directory),

    async find(name) {
      const layout = await open(name);
      if (await layout.exists()) return layout;
      // Whoever asks for names that nobody has pushed to does not fill our memory.
      layouts.delete(name);
      return undefined;
    },

    open,

    async startUpload(name) {
      const upload = await openDiskUpload({
        name,
        directory: uploadsDirectory,
        openLayout: async () => await open(name),
        onEnd: (id) => uploads.delete(id),
      });
      uploads.set(upload.id, upload);
      return upload;
    },

    findUpload(name, id) {
      const upload = uploads.get(id);
      return upload?.name === name ? upload : undefined;
    },
  };
}

function encodeName(name: string): string[] {
  return name.split("/").map((part) => (RESERVED.has(part) ? `_${part}` : part));
}

async function findLayouts(root: string): Promise<string[]> {
  const found: string[] = [];
  await walk([]);
  return found.sort();

  async function walk(parts: readonly string[]): Promise<void> {
    const entries = await readdir(join(root, ...parts), { withFileTypes: true }).catch(() => []);
    const name = parts.map((part) => part.replace(/^_/, "")).join("/");
    // A folder whose name nobody can ask for is not ours.
    if (isRepositoryName(name) && entries.some((entry) => entry.name === LAYOUT_FILE)) found.push(name);
    for (const entry of entries) {
      const inside = entry.isDirectory() && entry.name !== UPLOADS && entry.name !== BLOBS;
      if (inside) await walk([...parts, entry.name]);
    }
  }
}
