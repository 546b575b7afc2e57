import { valid } from "semver";
import * as v from "valibot";
import { AppError } from "../errors.ts";
import { formatIssue, parseJson } from "../oci/parse.ts";
import { formatRepository, parseRepository } from "../oci/reference.ts";
import { parsePublicKey } from "../trust/publicKey.ts";
import { checkValue } from "./overrides.ts";

/** The file's name everywhere: in the publisher's project, next to the launcher, in the person's settings. */
export const INSTALLER_FILE = "installer.json";

const described = <Schema extends v.GenericSchema>(schema: Schema, text: string) => v.pipe(schema, v.description(text));

// Values that a person may override are checked by the launch path's own rules, so that both agree.
const checkedBy = <Input>(check: (value: unknown) => string | undefined) =>
  v.check<Input, (issue: v.CheckIssue<Input>) => string>(
    (value) => check(value) === undefined,
    (issue) => check(issue.input) ?? "",
  );

const repositorySchema = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }): string => {
    // An image layout on the person's own disk.
    if (/^oci:./.test(dataset.value)) return dataset.value;
    try {
      return formatRepository(parseRepository(dataset.value));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      addIssue({ message: error.message });
      return NEVER;
    }
  }),
);

const updateSchema = v.strictObject({
  when: described(
    v.optional(v.picklist(["launch", "background", "manual"]), "launch"),
    "launch: look first, then start; background: start at once, the next start has the news; manual: only when asked",
  ),
  checkEvery: described(
    v.optional(v.pipe(v.string(), checkedBy(checkValue.duration)), "0s"),
    'How long one look for updates is good for, such as "0s" or "24h"',
  ),
  timeout: described(
    v.optional(v.pipe(v.string(), checkedBy(checkValue.duration)), "3s"),
    "The longest that an update may delay a start; what takes longer goes on behind the program",
  ),
  criticalTimeout: described(
    v.optional(v.pipe(v.string(), checkedBy(checkValue.duration)), "5m"),
    "The same for a release that was pushed with --critical",
  ),
});

const fileTypeSchema = v.strictObject({
  extension: v.pipe(
    v.string(),
    v.transform((text) => text.replace(/^\./, "").toLowerCase()),
    v.regex(/^[a-z0-9][a-z0-9_-]{0,30}$/, 'expected a file extension such as "example"'),
  ),
  description: v.optional(v.string()),
  mimeType: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[a-z]+\/[a-z0-9][a-z0-9.+-]*$/, 'expected a media type such as "application/x-example"'),
    ),
  ),
});

const desktopSchema = v.strictObject({
  shortcut: described(v.optional(v.boolean(), false), "Whether there is a shortcut on the desktop, besides the menu"),
  command: described(
    v.optional(
      v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'expected a command\'s name such as "example"')),
    ),
    "The program's name in terminals: on Windows its folder goes into the PATH",
  ),
  fastCommand: described(
    v.optional(v.boolean()),
    "Whether that name is a script of sh that starts the installed version by itself, in 2 ms, when there is nothing to look up (Linux and Mac)",
  ),
  fileTypes: described(v.optional(v.array(fileTypeSchema), []), "Files that the program opens"),
  urlSchemes: described(
    v.optional(
      v.array(v.pipe(v.string(), v.regex(/^[a-z][a-z0-9+.-]{1,30}$/, 'expected a URL scheme such as "example"'))),
      [],
    ),
    "Addresses that the program opens, by what stands before their colon",
  ),
});

const publicKeySchema = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }): string => {
    try {
      return parsePublicKey(dataset.value).pem;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      addIssue({ message: error.message });
      return NEVER;
    }
  }),
);

const trustSchema = v.pipe(
  v.strictObject({
    keys: described(
      v.pipe(
        v.array(publicKeySchema),
        // An empty list would look like protection.
        v.minLength(1, 'expected a key at least; leave "trust" out if nobody has to sign'),
      ),
      "Public keys (PEM) that sign releases",
    ),
    threshold: described(
      v.optional(v.pipe(v.number(), v.integer(), v.minValue(1, "expected 1 or more")), 1),
      "How many of the keys have to sign a release",
    ),
    recovery: described(
      v.optional(v.array(publicKeySchema), []),
      "Public keys (PEM) that sign nothing but the statement that replaces all keys; their private halves lie offline",
    ),
    sequence: described(
      v.optional(v.pipe(v.number(), v.integer(), v.minValue(0, "expected 0 or more")), 0),
      "The number of the statement that introduced these keys; slipway rotate counts",
    ),
    channel: described(
      v.optional(v.picklist(["optional", "required"]), "optional"),
      "required: without a valid document of its channel, which has not expired, a launcher installs nothing",
    ),
  }),
  v.check(
    ({ keys, threshold }) => threshold <= new Set(keys).size,
    "threshold: expected no more than there are different keys",
  ),
);

const commandSchema = v.pipe(
  v.string(),
  v.includes("{file}", 'expected a command with {file} in it, such as "sign-it {file}"'),
);

export const installerSchema = v.strictObject({
  $schema: v.optional(v.string()),
  id: described(
    v.pipe(
      v.string(),
      // It names directories on every system, and is the same in all of them.
      v.regex(
        /^[A-Za-z0-9][A-Za-z0-9-]*(\.[A-Za-z0-9][A-Za-z0-9-]*)+$/,
        'expected a reverse domain name such as "com.example.app"',
      ),
      v.maxLength(100, "expected at most 100 characters"),
    ),
    "Names the program's directories and shortcuts; it never changes. A reverse domain name such as com.example.app",
  ),
  name: described(
    v.pipe(
      v.string(),
      v.trim(),
      v.nonEmpty("expected a name for people to read"),
      v.maxLength(100, "expected at most 100 characters"),
    ),
    "The program's name as people read it",
  ),
  publisher: described(v.optional(v.string()), "Who publishes it, as people read it"),
  repository: described(
    repositorySchema,
    "Where the releases are: HOST/NAME, such as ghcr.io/example/app; or oci:PATH, an OCI image layout (a folder or a tar), relative to the launcher",
  ),
  mirrors: described(
    v.optional(v.array(repositorySchema), []),
    "Other repositories with the same content, asked first and in this order",
  ),
  version: described(
    v.optional(v.pipe(v.string(), checkedBy(checkValue.version)), "latest"),
    'Which version to run: "latest", "1.4.2", "^1.4" or "sha256:..."',
  ),
  channel: described(
    v.optional(v.pipe(v.string(), checkedBy(checkValue.channel)), "stable"),
    'The channel whose document says what is offered; without a document, whose pre-releases count besides all releases: "beta" has 2.0.0-beta.1, "stable" has none',
  ),
  prereleases: described(v.optional(v.boolean(), false), "Whether all pre-releases count, of whatever channel"),
  update: described(v.optional(updateSchema, {}), "When to look for updates"),
  trust: described(v.optional(trustSchema), "Who has to have signed a release; without it nobody has to"),
  entrypoint: described(
    v.optional(
      v.pipe(
        v.string(),
        v.regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$))[^\\:\0]+$/, 'expected a relative path with "/", such as "bin/app"'),
      ),
    ),
    "The program to start, relative to the release's folder, if the release does not say",
  ),
  interface: described(v.optional(v.picklist(["console", "window"]), "console"), "Whether the program uses a terminal"),
  icon: described(v.optional(v.string()), "An icon for shortcuts and the launcher itself"),
  keepVersions: described(
    v.optional(v.pipe(v.number(), checkedBy(checkValue.keepVersions)), 2),
    "How many installed versions are kept, the current one included",
  ),
  smoke: described(
    v.optional(v.array(v.string())),
    'Arguments with which a new version must exit with 0 before it is used, such as ["--version"]',
  ),
  install: described(v.optional(v.boolean(), true), "Whether a double-click makes shortcuts"),
  desktop: described(v.optional(desktopSchema, {}), "How the program appears on a person's computer"),
  launcherVersion: described(
    v.optional(
      v.pipe(
        v.string(),
        v.check((text) => valid(text) !== null, "expected a version such as 1.0.0"),
      ),
    ),
    "The version of the launcher itself, by which installed ones see a newer one; default: Slipway's own version",
  ),
  sign: described(
    v.optional(v.strictObject({ windows: v.optional(commandSchema), darwin: v.optional(commandSchema) })),
    "Commands that sign a finished launcher; {file} stands for its path (on a Mac that of the .app)",
  ),
});

/** A whole installer.json with its defaults filled in. */
export type Installer = v.InferOutput<typeof installerSchema>;

/** @param source the file's path, for the error. @throws AppError `config` that names the path of the wrong value. */
export function parseInstaller(bytes: Uint8Array, source: string): Installer {
  let value: unknown;
  try {
    value = parseJson(bytes, source);
  } catch (error) {
    if (error instanceof AppError)
      throw new AppError("config", error.message, { hint: "Write plain JSON, without comments.", cause: error });
    throw error;
  }
  const result = v.safeParse(installerSchema, value, { abortEarly: true });
  if (result.success) return result.output;
  throw new AppError("config", `${source}: ${describeIssue(result.issues[0])}`, {
    hint: 'Every setting is described in installer.schema.json; "$schema" lets an editor help.',
  });
}

function describeIssue(issue: v.BaseIssue<unknown>): string {
  const text = formatIssue(issue);
  if (issue.type !== "strict_object") return text;
  if (issue.expected === "never") return text.replace(/: expected never.*$/, ": there is no such setting");
  return text.replace(/, got undefined$/, ", got nothing");
}
