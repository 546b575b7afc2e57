import { BLOB, fault, INDEX, PLATFORM, TAGS } from "../../support/world.ts";
import { type FaultCase, refused } from "./faultCase.ts";

const WRONG_BYTES = { kind: "wrong-bytes" } as const;
const ENDLESS = { kind: "endless" } as const;
const PORTAL = { kind: "html" } as const;
const body = (text: string) => ({ kind: "answer", body: text }) as const;
const headers = (values: Readonly<Record<string, string>>) => ({ kind: "headers", headers: values }) as const;
const wrongLength = (by: number) => ({ kind: "wrong-length", by }) as const;

const OTHER_BYTES = "The content is not what was published. Try again; if it stays, tell the publisher.";
const OTHER_SIZE = "The content was cut short or changed on its way.";
const NO_REGISTRY = "tell whoever runs the registry";
const NO_RELEASE = "whoever published it has to do so again";
const portal = refused(69, "answered with a web page instead of data", "A network that wants you to log in first");

/** What comes is not what was asked for. */
export const ANSWERS: readonly FaultCase[] = [
  {
    name: "wrong bytes in the index",
    open: fault(INDEX, WRONG_BYTES),
    first: refused(65, "wrong digest: expected sha256:", OTHER_BYTES),
    later: "runs the old",
  },
  {
    name: "wrong bytes in the manifest",
    open: fault(PLATFORM, WRONG_BYTES),
    first: refused(65, "wrong digest: expected sha256:", OTHER_BYTES),
    later: "runs the old",
  },
  {
    name: "wrong bytes in the program",
    open: fault(BLOB, WRONG_BYTES),
    first: refused(65, "wrong digest: expected sha256:", OTHER_BYTES),
    later: "runs the old and says so",
  },
  {
    name: "wrong bytes in the program, a single time",
    open: fault(BLOB, WRONG_BYTES, { times: 1 }),
    first: refused(65, "wrong digest: expected sha256:", OTHER_BYTES),
    later: "runs the old and says so",
  },
  {
    name: "a program that is announced longer than it is",
    open: fault(BLOB, wrongLength(5)),
    first: refused(65, "wrong size: expected ", OTHER_SIZE),
    later: "runs the old and says so",
  },
  {
    name: "a program that is announced shorter than it is",
    open: fault(BLOB, wrongLength(-5)),
    first: refused(65, "wrong size: expected ", OTHER_SIZE),
    later: "runs the old and says so",
  },
  {
    name: "an index that is announced longer than it is",
    open: fault(INDEX, wrongLength(5)),
    first: refused(69, "the connection was cut", "Try again; a proxy or firewall may be in between."),
    later: "runs the old",
  },
  {
    name: "a manifest that is announced shorter than it is",
    open: fault(PLATFORM, wrongLength(-5)),
    first: refused(65, "wrong digest: expected sha256:", OTHER_BYTES),
    later: "runs the old",
  },
  {
    name: "tags without end",
    open: fault(TAGS, ENDLESS),
    first: refused(65, "sent more than the 16777216 bytes that are allowed here", NO_REGISTRY),
    later: "runs the old",
  },
  {
    name: "an index without end",
    open: fault(INDEX, ENDLESS),
    first: refused(65, "sent more than the 4194304 bytes that are allowed here", NO_REGISTRY),
    later: "runs the old",
  },
  {
    name: "a manifest without end",
    open: fault(PLATFORM, ENDLESS),
    first: refused(65, "sent more than the 4194304 bytes that are allowed here", NO_REGISTRY),
    later: "runs the old",
  },
  {
    name: "a program without end",
    open: fault(BLOB, ENDLESS),
    first: refused(65, "wrong size: expected ", OTHER_SIZE),
    later: "runs the old and says so",
  },
  {
    name: "tags that are no JSON",
    open: fault(TAGS, body('{"tags": [')),
    first: refused(65, 'not JSON, it begins "{\\"tags\\": ["', NO_REGISTRY),
    later: "runs the old",
  },
  {
    name: "tags that are null",
    open: fault(TAGS, body('{"tags": null}')),
    first: refused(66, "the repository has no version tags", "ask the publisher to push one"),
    later: "runs the old",
  },
  {
    name: "tags that are a number",
    open: fault(TAGS, body('{"tags": 7}')),
    first: refused(65, "answered with tags that are no list", NO_REGISTRY),
    later: "runs the old",
  },
  {
    name: "tags that are a list of everything but names",
    open: fault(TAGS, body('{"tags": [7, null, {"1.1.0": true}, ["1.1.0"], "../1.1.0", "1.1.0\\n"]}')),
    first: refused(66, "the repository has no version tags", "ask the publisher to push one"),
    later: "runs the old",
  },
  {
    name: "an empty answer in the place of tags",
    open: fault(TAGS, body("")),
    first: refused(65, 'not JSON, it begins ""', NO_REGISTRY),
    later: "runs the old",
  },
  {
    name: "an index that is no JSON",
    open: fault(INDEX, body('{"schemaVersion": 2,')),
    first: refused(65, "not JSON, it begins", NO_REGISTRY),
    later: "runs the old",
  },
  {
    name: "an index of the wrong shape",
    open: fault(INDEX, body('{"schemaVersion": 2, "manifests": [{"size": "12"}]}')),
    first: refused(65, "manifest: manifests[0].", NO_RELEASE),
    later: "runs the old",
  },
  {
    name: "an empty answer in the place of an index",
    open: fault(INDEX, body("")),
    first: refused(65, 'not JSON, it begins ""', NO_REGISTRY),
    later: "runs the old",
  },
  {
    name: "an empty answer in the place of a program",
    open: fault(BLOB, { ...body(""), headers: { "content-length": "0" } }),
    first: refused(65, "wrong size: expected ", OTHER_SIZE),
    later: "runs the old and says so",
  },
  {
    name: "a manifest that is another one",
    open: fault(PLATFORM, body('{"schemaVersion": 2, "manifests": []}')),
    first: refused(65, "wrong digest: expected sha256:", OTHER_BYTES),
    later: "runs the old",
  },
  {
    name: "an index that is announced as something unknown",
    open: fault(INDEX, headers({ "content-type": "application/octet-stream" })),
    first: "runs",
    later: "updates",
  },
  {
    name: "an index of a type that nobody knows",
    open: fault(INDEX, body('{"schemaVersion": 2, "mediaType": "application/vnd.example.new+json"}')),
    first: refused(65, "expected an image manifest or index, got application/vnd.example.new+json", NO_RELEASE),
    later: "runs the old",
  },
  {
    name: "an index without this platform",
    open: fault(INDEX, body(indexFor("plan9", "mips"))),
    first: refused(66, "app is not published for linux/", "Ask the publisher for a version for linux/"),
    later: "runs the old",
  },
  { name: "a captive portal", open: fault(TAGS, PORTAL), first: portal, later: "runs the old" },
  {
    name: "a captive portal in the place of an index",
    open: fault(INDEX, PORTAL),
    first: portal,
    later: "runs the old",
  },
  {
    name: "a captive portal in the place of a manifest",
    open: fault(PLATFORM, PORTAL),
    first: portal,
    later: "runs the old",
  },
  {
    name: "a captive portal in the place of a program",
    open: fault(BLOB, PORTAL),
    first: portal,
    later: "runs the old and says so",
  },
  {
    name: "tags whose next page is the same again",
    open: fault(TAGS, headers({ link: '</v2/example/app/tags/list?n=1000>; rel="next"' })),
    first: "runs",
    later: "updates",
  },
  {
    name: "tags whose next page is at another server",
    open: fault(TAGS, headers({ link: '<http://localhost:1/v2/example/app/tags/list?n=1000>; rel="next"' })),
    first: refused(65, "names a next page on another server (http://localhost:1)", NO_REGISTRY),
    later: "runs the old",
  },
  {
    name: "a server whose clock is wrong by years",
    open: fault(/./, headers({ date: "Fri, 01 Jan 1999 00:00:00 GMT", "last-modified": "in the future" })),
    first: "runs",
    later: "updates",
  },
];

function indexFor(os: string, architecture: string): string {
  const manifest = {
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    digest: `sha256:${"0".repeat(64)}`,
    size: 2,
    platform: { os, architecture },
  };
  return JSON.stringify({ schemaVersion: 2, manifests: [manifest] });
}
