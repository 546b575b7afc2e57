import { BLOB, challenge, fault, INDEX, PLATFORM, TAGS, tokenService } from "../../support/world.ts";
import { type FaultCase, refused } from "./faultCase.ts";

const status = (status: number, retryAfter?: string) =>
  ({ kind: "status", status, ...(retryAfter === undefined ? {} : { retryAfter }) }) as const;

const LOG_IN = "If strangers are to use it, its owner must make the package public.";
const TROUBLE = "The registry has trouble: try again later.";
const LIMITED =
  "The registry limits requests: try again later, or log in for a higher limit.\nThe logins that Docker keeps are used here: docker login 127.0.0.1:";
const CHECK_NAME = "Check the name.";

/** Servers that say no, and the services that they send us to for a token. */
export const REFUSALS: readonly FaultCase[] = [
  {
    name: "a login that is asked for without a word how",
    open: fault(TAGS, status(401)),
    first: refused(77, "answered 401 to GET /v2/example/app/tags/list", LOG_IN),
    later: "runs the old",
  },
  {
    name: "a login that is asked for when the program is",
    open: fault(BLOB, status(401)),
    first: refused(77, "answered 401 to GET /v2/example/app/blobs/sha256:", LOG_IN),
    later: "runs the old and says so",
  },
  {
    name: "a token service that is broken",
    open: tokenService(status(500)),
    first: refused(69, "of 127.0.0.1:", "The registry's token service has trouble: try again later."),
    later: "runs the old",
  },
  {
    name: "a token service that answers with a web page",
    open: tokenService({ kind: "html" }),
    first: refused(69, "answered with a web page instead of data", "A network that wants you to log in first"),
    later: "runs the old",
  },
  {
    name: "a token service that never answers",
    open: tokenService({ kind: "hang" }, { timeout: "10s" }),
    first: refused(69, "it did not answer in time", "Check your network connection, then try again."),
    later: "goes on behind",
  },
  {
    name: "a token service that gives no token",
    open: tokenService({ kind: "answer", body: '{"expires_in": 300}' }),
    first: refused(65, "answered without a token", "tell whoever runs the registry"),
    later: "runs the old",
  },
  {
    name: "a token service that refuses strangers",
    open: tokenService(status(401)),
    first: refused(77, "answered 401 to GET /v2/example/app/tags/list", LOG_IN),
    later: "runs the old",
  },
  {
    name: "a token that does not help",
    open: tokenService({ kind: "answer", body: '{"token": "useless"}' }),
    first: refused(77, "answered 401 to GET /v2/example/app/tags/list", LOG_IN),
    later: "runs the old",
  },
  {
    name: "a token service without an address",
    open: fault(TAGS, challenge("somewhere")),
    first: refused(65, 'names no usable token service (realm "somewhere")', "Tell whoever runs the registry."),
    later: "runs the old",
  },
  {
    name: "a refusal",
    open: fault(TAGS, status(403)),
    first: refused(77, "answered 403 to GET /v2/example/app/tags/list", LOG_IN),
    later: "runs the old",
  },
  {
    name: "a repository that is not there",
    open: fault(TAGS, status(404)),
    first: refused(66, "answered 404 to GET /v2/example/app/tags/list", CHECK_NAME),
    later: "runs the old",
  },
  {
    name: "a version that is listed and not there",
    open: fault(INDEX, status(404)),
    first: refused(66, "answered 404 to GET /v2/example/app/manifests/1.0.0", CHECK_NAME),
    later: "runs the old",
  },
  {
    name: "a program that is named and not there",
    open: fault(BLOB, status(404)),
    first: refused(66, "answered 404 to GET /v2/example/app/blobs/sha256:", CHECK_NAME),
    later: "runs the old and says so",
  },
  {
    name: "a server that lists no tags",
    open: fault(TAGS, status(405)),
    first: refused(65, "answered 405 to GET /v2/example/app/tags/list", "tell whoever runs the registry"),
    later: "runs the old",
  },
  {
    name: "a rate limit without a time",
    open: fault(INDEX, status(429)),
    first: refused(75, "answered 429 to GET /v2/example/app/manifests/1.0.0", LIMITED),
    later: "runs the old",
  },
  {
    name: "a rate limit of seconds",
    open: fault(INDEX, status(429, "3"), { times: 1 }),
    first: "runs",
    later: "updates",
  },
  {
    name: "a rate limit of seconds that does not end",
    open: fault(TAGS, status(429, "3")),
    first: refused(75, "answered 429 to GET /v2/example/app/tags/list", "try again within 3 seconds, or log in"),
    later: "runs the old",
  },
  {
    name: "a rate limit of an hour",
    open: fault(TAGS, status(429, "3600")),
    first: refused(75, "answered 429 and asks to come back in 60 minutes", "Try again in 60 minutes."),
    later: "runs the old",
  },
  {
    name: "a rate limit of an hour when the program is asked for",
    open: fault(BLOB, status(429, "3600")),
    first: refused(75, "answered 429 and asks to come back in 60 minutes", "Try again in 60 minutes."),
    later: "runs the old and says so",
  },
  {
    name: "a storm of 500 at the tags",
    open: fault(TAGS, status(500)),
    first: refused(69, "answered 500 to GET /v2/example/app/tags/list", TROUBLE),
    later: "runs the old",
  },
  {
    name: "a storm of 502 at the index",
    open: fault(INDEX, status(502)),
    first: refused(69, "answered 502 to GET /v2/example/app/manifests/1.0.0", TROUBLE),
    later: "runs the old",
  },
  {
    name: "a storm of 503 at the manifest",
    open: fault(PLATFORM, status(503)),
    first: refused(69, "answered 503 to GET /v2/example/app/manifests/sha256:", TROUBLE),
    later: "runs the old",
  },
  {
    name: "a storm of 504 at the program",
    open: fault(BLOB, status(504)),
    first: refused(69, "answered 504 to GET /v2/example/app/blobs/sha256:", TROUBLE),
    later: "runs the old and says so",
  },
  {
    name: "a short storm at the tags",
    open: fault(TAGS, status(500), { times: 2 }),
    first: "runs",
    later: "updates",
  },
  {
    name: "a short storm at the program",
    open: fault(BLOB, status(503), { times: 2 }),
    first: "runs",
    later: "updates",
  },
];
