import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { findGoProgram } from "../support/goProgram.ts";
import { hasProgram } from "../support/peer.ts";
import { run } from "../support/run.ts";
import { expectSuccess, openSandbox } from "../support/sandbox.ts";
import { download, openWorkplace, PASSPHRASE, type Workplace } from "../support/workplace.ts";

const RECIPES = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "docs", "recipes");
// Two are enough to see that each is built, and quick enough.
const PLATFORMS = "linux/amd64 windows/amd64";

/** What a release leaves behind: in the registry, in the channel, on the page, and on a person's computer. */
async function expectReleased({ sandbox }: Workplace, version: string): Promise<void> {
  const tags = await sandbox.slipway(["tags", sandbox.repository]);
  expect(tags.stdout.split("\n")).toEqual(
    expect.arrayContaining([version, "channel-stable", expect.stringMatching(/^launcher-/)]),
  );
  for (const tag of [version, tags.stdout.match(/^launcher-.*$/m)?.[0] ?? ""]) {
    const verified = await sandbox.slipway(["verify", `${sandbox.repository}:${tag}`, "--key", "slipway.pub"]);
    expect(verified).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("signed by") });
  }
  const shown = await sandbox.slipway(["channel", "show"]);
  expect(shown.stdout).toMatch(new RegExp(String.raw`^ {2}${version.replaceAll(".", String.raw`\.`)} {2}100 %`, "m"));
  expect(shown.stdout).toContain("good until");

  const page = join(sandbox.directory, "public");
  expect(await readFile(join(page, "index.html"), "utf8")).toContain(version);
  const list = JSON.parse(await readFile(join(page, "downloads.json"), "utf8")) as {
    readonly downloads: readonly { readonly platform: string; readonly href: string }[];
  };
  expect(list.downloads.map(({ platform }) => platform).sort()).toEqual(PLATFORMS.split(" "));
  const href = list.downloads.find(({ platform }) => platform === "linux/amd64")?.href ?? "";
  const launcher = await download(join(page, href), join(sandbox.home, "Example-App"));
  const started = await sandbox.launch([], { launcher });
  expect(started).toMatchObject({ exitCode: 0, stderr: expect.stringContaining(`this is ${version}`) });
}

describe.runIf(hasProgram("go"))("the recipe for a shell", () => {
  const script = join(RECIPES, "release.sh");

  test("builds, pushes, signs, promotes and writes the page, and does so again", async () => {
    await using workplace = await openWorkplace();
    await writeFile(join(workplace.sandbox.directory, "NEWS.md"), "Now with *everything*.\n");
    const env = { PLATFORMS, CODINGS: "none", NOTES: "NEWS.md" };
    expectSuccess(await workplace.shell(["sh"], script, { args: ["1.4.2"], env }));
    await expectReleased(workplace, "1.4.2");
    const page = await readFile(join(workplace.sandbox.directory, "public", "index.html"), "utf8");
    expect(page).toContain("<em>everything</em>");

    const again = await workplace.shell(["sh"], script, { args: ["1.4.2"], env });
    expectSuccess(again);
    expect(again.stdout.match(/is there already, unchanged/g)).toHaveLength(2);
  });

  test("leaves launchers as they are that differ from those published, and offers a pre-release in beta", async () => {
    await using workplace = await openWorkplace();
    const { sandbox } = workplace;
    const env = { PLATFORMS, CODINGS: "none" };
    expectSuccess(await workplace.shell(["sh"], script, { args: ["1.4.2"], env }));
    const before = await sandbox.slipway(["tags", sandbox.repository]);
    // As a certificate's signature does, it gives launchers other bytes.
    const settings = join(sandbox.directory, "installer.json");
    const installer: unknown = JSON.parse(await readFile(settings, "utf8"));
    await writeFile(settings, JSON.stringify({ ...(installer as object), publisher: "Example Inc." }));
    const released = await workplace.shell(["sh"], script, { args: ["1.5.0-beta.1"], env });
    expect(released).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining("is published already, with other files: left as it is"),
    });
    const after = await sandbox.slipway(["tags", sandbox.repository]);
    const isLauncher = (tag: string): boolean => tag.startsWith("launcher-");
    expect(after.stdout.split("\n").filter(isLauncher)).toEqual(before.stdout.split("\n").filter(isLauncher));
    expect((await sandbox.slipway(["channel", "show", "beta"])).stdout).toMatch(/^ {2}1\.5\.0-beta\.1 {2}100 %/m);
    // Everybody else stays with the version before, and so does the page.
    await expectReleased(workplace, "1.4.2");
    expect((await sandbox.slipway(["channel", "show", "stable"])).stdout).not.toContain("1.5.0-beta.1");
  });

  test("stops at the first step that fails, and offers nothing", async () => {
    await using workplace = await openWorkplace();
    const env = { PLATFORMS, CODINGS: "none", KEY: "nobody.key" };
    const failed = await workplace.shell(["sh"], script, { args: ["1.4.2"], env });
    expect(failed).toMatchObject({ exitCode: 66, stderr: expect.stringContaining("nobody.key") });
    expect((await workplace.sandbox.slipway(["tags", workplace.sandbox.repository])).stdout).toBe("");
  });

  test.runIf(hasProgram("shellcheck"))("is plain POSIX without traps", async () => {
    expect(await run("shellcheck", ["--shell=sh", script], { env: process.env })).toMatchObject({ exitCode: 0 });
  });
});

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Workflow {
  readonly permissions: unknown;
  readonly env: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, { readonly permissions: unknown; readonly steps: readonly Step[] }>>;
}

describe("the recipe for GitHub", async () => {
  const path = join(RECIPES, "release.yml");
  const workflow = parse(await readFile(path, "utf8")) as Workflow;
  const steps = workflow.jobs["publish"]?.steps ?? [];
  // What is not here: GitHub's registry, and npm's.
  const elsewhere = ["Install slipway", "Log in to the registry"];

  test.runIf(hasProgram("go"))("releases with the words of its steps", async () => {
    await using workplace = await openWorkplace();
    const { directory } = workplace.sandbox;
    const secrets: Readonly<Record<string, string>> = {
      SLIPWAY_KEY: await readFile(join(directory, "slipway.key"), "utf8"),
      SLIPWAY_KEY_PASSPHRASE: PASSPHRASE,
    };
    const given = { GITHUB_REF_NAME: "v1.4.2", GITHUB_ACTOR: "somebody", ...workflow.env, PLATFORMS, CODINGS: "none" };
    const words = steps.filter(({ run, name = "" }) => run !== undefined && !elsewhere.includes(name));
    expect(words).toHaveLength(5);
    for (const { run = "", env = {} } of words) {
      await writeFile(join(directory, "step.sh"), run);
      const own = Object.entries(env).map(([name, value]) => [name, resolveExpression(value, secrets)]);
      // As GitHub starts a step that names no shell.
      const shell = ["bash", "-e"];
      expectSuccess(await workplace.shell(shell, "step.sh", { env: { ...given, ...Object.fromEntries(own) } }));
    }
    await expectReleased(workplace, "1.4.2");
  });

  test.each([
    ["v1.4.2", "stable"],
    ["v1.5.0-beta.1", "beta"],
    ["v1.4.2+build-7", "stable"],
  ])("offers %s in the channel %s", async (tag, channel) => {
    await using sandbox = await openSandbox();
    const { run: words = "" } = steps.find(({ name }) => name === "Offer the version") ?? {};
    await writeFile(join(sandbox.directory, "step.sh"), `slipway() { echo "$*"; }\n${words}`);
    const said = await run("bash", ["-e", "step.sh"], {
      cwd: sandbox.directory,
      env: { ...process.env, GITHUB_REF_NAME: tag },
    });
    expect(said).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`--channel ${channel} `) });
  });

  test("gives each job no more than it needs, and no step a stranger's words", () => {
    expect(workflow.permissions).toEqual({});
    expect(Object.values(workflow.jobs).map(({ permissions }) => permissions)).toEqual([
      { contents: "read", packages: "write" },
      { pages: "write", "id-token": "write" },
    ]);
    expect(steps.filter(({ run }) => run?.includes("${{") === true)).toEqual([]);
    const [install, login] = elsewhere.map((name) => steps.find((step) => step.name === name)?.run);
    expect(install).toBe("npm install --global slipway");
    expect(login).toContain("| slipway login ghcr.io");
    expect(login).toContain("--password-stdin");
  });

  const actionlint = findGoProgram("actionlint");
  test.runIf(actionlint !== undefined)("is what GitHub reads without a word", async () => {
    expect(await run(actionlint ?? "", [path], { env: process.env })).toMatchObject({ exitCode: 0, stdout: "" });
  });
});

function resolveExpression(text: string, secrets: Readonly<Record<string, string>>): string {
  const [, name = ""] = /^\$\{\{ secrets\.(\w+) \}\}$/.exec(text) ?? [];
  const secret = secrets[name];
  if (secret === undefined) throw new Error(`no such secret: ${text}`);
  return secret;
}
