import type { Layout } from "../../archive/layout.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Bytes } from "../../oci/storage.ts";

/** A repository as the server keeps it: an image layout, or the like in memory. */
export type RegistryRepository = Omit<Layout, "directory" | "exists" | "adopt">;

/** A blob that is being pushed. */
export interface Upload {
  readonly id: string;
  /** The repository's name. */
  readonly name: string;
  /** Bytes received so far. */
  readonly size: number;
  /** Takes the bytes as a whole: when they break off, the upload stands where it stood. */
  append(bytes: Bytes): Promise<void>;
  /** Makes it a blob of its repository. @throws AppError `bad-data` when the digest is another; the upload is gone then. */
  commit(digest: Digest): Promise<void>;
  cancel(): Promise<void>;
}

export interface RegistryStorage {
  /** Names of all repositories, sorted. */
  names(): Promise<string[]>;
  find(name: string): Promise<RegistryRepository | undefined>;
  /** The repository, made when it is not there. */
  open(name: string): Promise<RegistryRepository>;
  startUpload(name: string): Promise<Upload>;
  findUpload(name: string, id: string): Upload | undefined;
}
