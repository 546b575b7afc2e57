export type Credential =
  | { readonly kind: "basic"; readonly username: string; readonly password: string }
  /** Exchanged for access tokens by OAuth2 (distribution auth/oauth.md). */
  | { readonly kind: "identity-token"; readonly token: string }
  /** Sent as it is. */
  | { readonly kind: "bearer"; readonly token: string };

/** The credential for a host (`ghcr.io`, `localhost:5000`), or undefined. Trouble on the way is a warning. */
export type CredentialSource = (host: string) => Promise<Credential | undefined>;
