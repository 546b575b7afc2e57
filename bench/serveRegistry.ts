// The registry of bench/serve.ts, in a process of its own: node serveRegistry.js DIRECTORY FILE. Prints its address and
// the file's descriptor, as JSON.
import { readFileSync } from "node:fs";
import { describe } from "../src/oci/descriptor.ts";
import { contentOf } from "../src/oci/storage.ts";
import { openRegistry } from "../src/registry/client.ts";
import { openDiskRegistry } from "../src/server/registry/disk.ts";
import { startRegistry } from "../src/server/registry/server.ts";

const [directory = "", file = ""] = process.argv.slice(2);
const bytes = readFileSync(file);
const blob = describe("application/octet-stream", bytes);
const { address } = await startRegistry({ storage: await openDiskRegistry(directory) });
const client = openRegistry({ userAgent: "bench" });
await client.repository({ host: address, name: "bench/app" }).push(blob, contentOf(bytes));
await client[Symbol.asyncDispose]();
console.log(JSON.stringify({ address, blob }));
