// The gateway of bench/serve.ts, in a process of its own: node serveGateway.js REGISTRY DIRECTORY BLOB. Prints its
// port.
import { createServer } from "node:http";
import type { Descriptor } from "../src/oci/descriptor.ts";
import { openRegistry } from "../src/registry/client.ts";
import type { Download } from "../src/release/download.ts";
import { openContents } from "../src/server/gateway/contents/contents.ts";
import { deliver } from "../src/server/gateway/delivery/deliver.ts";

const [host = "", directory = "", descriptor = ""] = process.argv.slice(2);
const blob = JSON.parse(descriptor) as Descriptor;
const repository = openRegistry({ userAgent: "bench" }).repository({ host, name: "bench/app" });
const contents = await openContents({
  directory,
  limit: 2 ** 30,
  shelf: { fetch: (blob, signal) => repository.fetch(blob, { signal }) },
  onTrouble: (trouble) => console.error(trouble),
});
const download: Download = {
  platform: { os: "linux", architecture: "amd64" },
  tag: "1.0.0",
  kind: "launcher",
  fileName: "app",
  size: blob.size,
  digest: blob.digest,
  stored: { blob, compression: "none" },
  codings: [],
  codeSigned: false,
};
const server = createServer((request, response) => {
  void deliver({ request, response }, download, {
    caching: "immutable",
    contents,
    redirect: false,
    stallTimeout: 60_000,
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  console.log(typeof address === "object" && address !== null ? address.port : 0);
});
