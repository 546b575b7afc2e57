import type { Fault, FaultPlan } from "../../../src/server/registry/faults.ts";
import { faultOn } from "../../../src/server/registry/faults.ts";
import {
  BLOB,
  certificate,
  fault,
  plainHttpInstead,
  publicRegistry,
  registry,
  repository,
} from "../../support/world.ts";
import { COMPANY_HOST } from "../../support/company.ts";
import { type FaultCase, refused } from "./faultCase.ts";

const redirect = (to: string) => ({ kind: "redirect", to }) as const;
const TELL = "Tell whoever runs the registry.";
const CLOCK = "Check this computer's clock";

/** Servers that cannot be reached or trusted, and places that a registry sends us to. */
export const WAYS: readonly FaultCase[] = [
  {
    name: "a redirect in circles",
    open: fault(/blobs\//, redirect("/v2/again/blobs/sha256:0")),
    first: refused(69, "answered with more than 5 redirects, which is not followed", TELL),
    later: "runs the old and says so",
  },
  {
    name: "a redirect to a host that does not exist",
    open: fault(BLOB, redirect("http://storage.invalid/blob")),
    first: refused(69, "cannot reach storage.invalid: its name is not known", "Check the host's name"),
    later: "runs the old and says so",
  },
  {
    name: "a redirect to a host where nobody listens",
    open: fault(BLOB, redirect("http://127.0.0.1:1/blob")),
    first: refused(69, "cannot reach 127.0.0.1:1: nobody listens there", "Check host and port"),
    later: "runs the old and says so",
  },
  {
    name: "a redirect to a file",
    open: fault(BLOB, redirect("file:///etc/passwd")),
    first: refused(69, "answered with a redirect to file:, which is not followed", TELL),
    later: "runs the old and says so",
  },
  {
    name: "a redirect from https to http",
    open: publicRegistry(faultOn(BLOB, redirect("http://storage.example/blob?secret=1"))),
    first: refused(
      69,
      `${COMPANY_HOST} answered with a redirect from https to http (http://storage.example/blob), which is not followed`,
      TELL,
    ),
    later: "runs the old and says so",
  },
  {
    name: "a redirect from a public registry to this computer",
    open: publicRegistry(faultOn(BLOB, redirect("https://127.0.0.1/blob"))),
    first: refused(69, "answered with a redirect to an internal address (127.0.0.1), which is not followed", TELL),
    later: "runs the old and says so",
  },
  {
    name: "a redirect from a public registry to a cloud's metadata",
    open: publicRegistry(faultOn(BLOB, redirect("https://169.254.169.254/latest/meta-data"))),
    first: refused(69, "redirect to an internal address (169.254.169.254), which is not followed", TELL),
    later: "runs the old and says so",
  },
  {
    name: "a storage that never answers",
    open: registry(
      storage(() => ({ kind: "hang" })),
      { timeout: "10s" },
    ),
    first: refused(69, "cannot reach localhost:", "Check your network connection, then try again."),
    later: "goes on behind",
  },
  {
    name: "a storage that refuses",
    open: registry(storage(() => expired(403))),
    first: refused(77, "(AccessDenied: Request has expired)", "Its addresses are good for minutes"),
    later: "runs the old and says so",
  },
  ...[400, 403].map((status): FaultCase => ({
    name: `a storage whose address has expired, which answers ${status}`,
    open: registry(storage((signature) => (signature === 1 ? expired(status) : undefined))),
    first: "runs",
    later: "updates",
  })),
  {
    name: "a repository on a host that does not exist",
    open: repository("registry.invalid/example/app"),
    first: refused(69, "cannot reach registry.invalid: its name is not known", "Check the host's name"),
    later: "runs the old",
  },
  {
    name: "a repository where nobody listens",
    open: repository("127.0.0.1:1/example/app"),
    first: refused(69, "cannot reach 127.0.0.1:1: nobody listens there", "Check host and port"),
    later: "runs the old",
  },
  {
    name: "a server that does not speak https",
    open: plainHttpInstead(),
    first: refused(
      69,
      `cannot reach ${COMPANY_HOST}: it does not speak https`,
      "Check host and port, or ask whoever runs it",
    ),
    later: "runs the old",
  },
  {
    name: "a certificate of nobody known",
    open: certificate({ trusted: false }),
    first: refused(69, "its certificate is not trusted: this computer does not know who signed it", "SSL_CERT_FILE"),
    later: "runs the old",
  },
  {
    name: "a certificate that has expired",
    open: certificate({ trusted: true, validity: { from: -2, until: -1 } }),
    first: refused(69, "its certificate has expired (CERT_HAS_EXPIRED)", CLOCK),
    later: "runs the old",
  },
  {
    name: "a certificate that is not valid yet",
    open: certificate({ trusted: true, validity: { from: 1, until: 2 } }),
    first: refused(69, "its certificate is not valid yet (CERT_NOT_YET_VALID)", CLOCK),
    later: "runs the old",
  },
  {
    name: "a certificate for another host",
    open: certificate({ trusted: true, names: ["portal.example"] }),
    first: refused(69, "its certificate is for another host", "Check the host's name"),
    later: "runs the old",
  },
];

/** A registry that keeps its blobs on another host, at addresses with a signature: 1, 2, 3 ... */
function storage(answer: (signature: number) => Fault | undefined): (address: string) => FaultPlan {
  return (address) => {
    const port = address.split(":")[1];
    let signatures = 0;
    return ({ method, path }) => {
      if (!BLOB.test(`${method} ${path}`)) return undefined;
      const signature = new URL(path, "http://localhost").searchParams.get("signature");
      if (signature !== null) return answer(Number(signature));
      signatures += 1;
      return redirect(`http://localhost:${port}${path}?signature=${signatures}`);
    };
  };
}

function expired(status: number): Fault {
  return {
    kind: "answer",
    status,
    headers: { "content-type": "application/xml" },
    body: "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>",
  };
}
