import { describe, expect, test } from "vitest";
import { commandPaths, parseImageConfig } from "../../../src/oci/imageConfig.ts";

const paths = (config: unknown): string[] => commandPaths(parseImageConfig(Buffer.from(JSON.stringify({ config }))));

describe("what an image starts", () => {
  test.each<[string, unknown, string[]]>([
    ["nothing", undefined, []],
    ["nothing by null", null, []],
    ["its entrypoint, without its words", { Entrypoint: ["/app", "serve"], Cmd: ["x"] }, ["app"]],
    ["its command where there is no entrypoint", { Entrypoint: null, Cmd: ["/bin/tool"] }, ["bin/tool"]],
    ["a path from where it works", { Entrypoint: ["./app"], WorkingDir: "/srv/x" }, ["srv/x/app"]],
    ["a path from its root", { Entrypoint: ["bin/app"] }, ["bin/app"]],
    ["a path that does not leave the root", { Entrypoint: ["../../app"], WorkingDir: "/a" }, ["app"]],
    ["a name on its path", { Entrypoint: ["app"], Env: ["A=1", "PATH=/opt/bin:/bin"] }, ["opt/bin/app", "bin/app"]],
    [
      "a name where programs usually are",
      { Cmd: ["app"] },
      ["usr/local/sbin/app", "usr/local/bin/app", "usr/sbin/app", "usr/bin/app", "sbin/app", "bin/app"],
    ],
  ])("is %s", (_, config, expected) => {
    expect(paths(config)).toEqual(expected);
  });

  test("is not looked for in a config that makes no sense", () => {
    expect(() => paths({ Entrypoint: "app" })).toThrow("image config: config.Entrypoint");
  });
});
