// Put in by the bundler from package.json; absent when the sources run as they are, as in unit tests.
declare const SLIPWAY_VERSION: string | undefined;

/** Slipway's own version, of the launcher and of the publisher's CLI alike. */
export const VERSION: string = typeof SLIPWAY_VERSION === "undefined" ? "0.0.0-source" : SLIPWAY_VERSION;
export const USER_AGENT = `slipway/${VERSION}`;
