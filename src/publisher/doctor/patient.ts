import type { Installer } from "../../config/installer.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Repository } from "../../oci/reference.ts";
import type { RegistryClient, RepositoryClient } from "../../registry/client.ts";
import type { LinkProbe } from "../../registry/probe.ts";
import type { CheckSignatures } from "./signatures.ts";

/** As much of a repository as tells whether it can be read. */
export interface Owned {
  tags(): Promise<readonly string[]>;
  fetchManifest(reference: string): Promise<unknown>;
}

/** A release that is looked at, and the eyes for it. */
export interface Patient {
  readonly repository: Repository;
  /** What was asked for; the newest version when there is neither. */
  readonly tag: string | undefined;
  readonly digest: Digest | undefined;
  /** The program's own, where it is known. */
  readonly installer: Installer | undefined;
  /** The network as somebody sees it who has no login. */
  readonly network: RegistryClient;
  readonly stranger: RepositoryClient;
  readonly probe: LinkProbe;
  /** The same repository with the publisher's own login. */
  readonly own: Owned;
  /** Whether nothing large is to be fetched. */
  readonly quick: boolean;
  readonly checkSignatures: CheckSignatures;
}
