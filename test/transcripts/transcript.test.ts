import { describe, expect, test } from "vitest";
import { digestOf } from "../../src/oci/digest.ts";
import { parseTranscript } from "../support/transcript.ts";

const HEAD = `# A title
# from: somewhere
$ slipway tags registry.example/app
exit 0
`;
const EXCHANGE = `> GET https://registry.example/v2/
< 200`;

describe("a transcript", () => {
  test("is what was typed, what lay there, what came of it, and where it was read", () => {
    const transcript = parseTranscript(`# Two lines
# of title
# from: a page; another
login registry.example me secret
have app some text
$ slipway tags "a b" c
exit 0
stdout 1.0.0
stderr! secret
app some

${EXCHANGE}
`);
    expect(transcript).toMatchObject({
      title: "Two lines of title",
      source: "a page; another",
      args: ["tags", "a b", "c"],
      logins: [["registry.example", "me", "secret"]],
      expectations: [
        { of: "exit", not: false, text: "0" },
        { of: "stdout", not: false, text: "1.0.0" },
        { of: "stderr", not: true, text: "secret" },
        { of: "app", not: false, text: "some" },
      ],
    });
    expect([...transcript.files]).toEqual([["app", "some text"]]);
  });

  test("has requests with what they must have, and answers", () => {
    const { exchanges } = parseTranscript(`${HEAD}
> PUT https://registry.example/v2/app/manifests/1?a=b
> Content-Type: application/json
> authorization: -
>
> "one"
< 201
< Location: /v2/app: 1
<
< {"two":
<   2}
?> GET https://registry.example/v2/*
< 404
*> HEAD https://registry.example/v2/
< 200
`);
    expect(exchanges).toEqual([
      {
        method: "PUT",
        url: new URL("https://registry.example/v2/app/manifests/1?a=b"),
        wanted: new Map([
          ["content-type", "application/json"],
          ["authorization", "-"],
        ]),
        wantedBody: '"one"',
        times: "once",
        status: 201,
        headers: [["location", "/v2/app: 1"]],
        body: '{"two":\n  2}',
      },
      expect.objectContaining({ method: "GET", times: "any", status: 404, headers: [], body: "" }),
      expect.objectContaining({ method: "HEAD", times: "some", status: 200 }),
    ]);
  });

  test("refers to contents by name, with digests that are true", () => {
    const { exchanges } = parseTranscript(`= layer
{{repeat:a:3}}

= manifest
{"digest":"{{digest:layer}}",
"size":{{size:layer}}}

${HEAD}
> GET https://registry.example/v2/blobs/{{digest:layer}}
> authorization: Basic {{base64:layer}}
< 200
<
< {{content:manifest}}
`);
    const layer = digestOf(Buffer.from("aaa"));
    expect(exchanges[0]?.url.pathname).toBe(`/v2/blobs/${layer}`);
    expect(exchanges[0]?.wanted.get("authorization")).toBe("Basic YWFh");
    expect(exchanges[0]?.body).toBe(`{"digest":"${layer}",\n"size":3}`);
  });

  test.each([
    ["says no title", `# from: x\n$ slipway tags a\nexit 0\n\n${EXCHANGE}`, "a title"],
    ["says no source", `# x\n$ slipway tags a\nexit 0\n\n${EXCHANGE}`, "a source"],
    ["types nothing", `# x\n# from: x\nexit 0\n\n${EXCHANGE}`, "a command"],
    ["expects no exit code", `# x\n# from: x\n$ slipway tags a\n\n${EXCHANGE}`, "an exit code"],
    ["asks nothing", HEAD, "a request"],
    ["has an unknown content", `${HEAD}\n> GET https://a/{{digest:none}}\n< 200`, "there is no content none"],
    ["has a request without an answer", `${HEAD}\n> GET https://a/\n> GET https://b/\n< 200`, "not a status"],
    ["has something else for a request", `${HEAD}\n${EXCHANGE}\nGET https://a/`, "not a request: GET"],
  ])("that %s is refused", (_, text, problem) => {
    expect(() => parseTranscript(text)).toThrow(problem);
  });
});
