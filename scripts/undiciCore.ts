import type { BuildOptions, Plugin } from "esbuild";

const plugin: Plugin = {
  name: "undici-core",
  setup(build) {
    // What undici's index asks of these when it is loaded is one class that it makes an instance of.
    build.onLoad({ filter: /[\\/]undici[\\/]lib[\\/](milo|mock|web)[\\/]/ }, () => ({
      contents: "exports.CacheStorage = class {};",
    }));
  },
};

/**
 * Leaves out of undici what a launcher, which only sends requests, never uses: fetch, web sockets, mocks, and a second
 * parser for HTTP that an environment variable would turn on. It is half of what a launcher carries.
 */
export const undiciCore = {
  plugins: [plugin],
  define: { "process.env.UNDICI_USE_MILO": '"0"' },
} as const satisfies BuildOptions;
