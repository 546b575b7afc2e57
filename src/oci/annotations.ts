/** Annotation keys: image-spec annotations.md, oras' two for directories, and our own. */
export const TITLE = "org.opencontainers.image.title";
export const VERSION = "org.opencontainers.image.version";
export const CREATED = "org.opencontainers.image.created";
/** On a launcher's platform manifest: the publisher's name for people. */
export const VENDOR = "org.opencontainers.image.vendor";
/** Valid only in the index.json of an image layout. */
export const REF_NAME = "org.opencontainers.image.ref.name";

/** oras: `true` on a layer that is a tar (+gzip) of a directory, to be unpacked. */
export const ORAS_UNPACK = "io.deis.oras.content.unpack";
/** oras: digest of the tar before compression. */
export const ORAS_CONTENT_DIGEST = "io.deis.oras.content.digest";

/** On a compressed layer: digest and size (bytes, decimal) of what comes out of it. */
export const UNCOMPRESSED_DIGEST = "vnd.slipway.uncompressed.digest";
export const UNCOMPRESSED_SIZE = "vnd.slipway.uncompressed.size";
/** On a file layer: `true` when the file is executable. A layer of one file has no other place for the bit. */
export const EXECUTABLE = "vnd.slipway.executable";
/** On an index: `true` when a start waits for this release, rather than fetch it behind the version before. */
export const CRITICAL = "vnd.slipway.critical";
/** On a platform manifest: the relative path, with `/`, of the program to start. */
export const ENTRYPOINT = "vnd.slipway.entrypoint";
/** On an index: a DSSE envelope as JSON, over what the index holds. */
export const SIGNATURE = "vnd.slipway.signature";

/** On a layer without a title: the HTTP content coding in which it holds a file, ready to be sent. */
export const CODING = "vnd.slipway.coding";
/** On a layer without a title: what it is to a download page: {@link ICON_ROLE} or {@link NOTES_ROLE}. */
export const ROLE = "vnd.slipway.role";
export const ICON_ROLE = "icon";
export const NOTES_ROLE = "notes";
/** On a file layer: `true` when the system can tell who made it, by a certificate of the publisher's. */
export const CODE_SIGNED = "vnd.slipway.code-signed";

/**
 * On a delta, a layer without a title: the digest of the content that it starts from, and of the content that it makes.
 * Both are what a file or a folder's tar has before compression.
 */
export const DELTA_FROM = "vnd.slipway.delta.from";
export const DELTA_TO = "vnd.slipway.delta.to";
/** The release that a delta starts from, for people. */
export const DELTA_VERSION = "vnd.slipway.delta.version";
