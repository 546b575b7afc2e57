import type { Installer } from "../../config/installer.ts";
import { AppError } from "../../errors.ts";
import { formatReference, parseReference, parseRepository, type Reference } from "../../oci/reference.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { openLinkProbe } from "../../registry/probe.ts";
import { openVisitor } from "../../registry/visitor.ts";
import type { Download } from "../../release/download.ts";
import { versionOfTag } from "../../release/versionTag.ts";
import type { Shelf } from "../../server/gateway/shelf.ts";
import { type Command, type CommandContext, noMoreArguments, printJson, readArguments } from "../command.ts";
import { readInstaller, readInstallerFor } from "../installerFile.ts";
import { describeLink, plainLink, throwUnlessPublic } from "../links/linkReport.ts";
import { type FileLink, findLinks } from "../links/links.ts";
import { NETWORK_HELP, NETWORK_OPTIONS, openNetwork, strangerOptions } from "../network.ts";
import { explainChoice, newestVersion, openOffer } from "../links/openOffer.ts";
import { findPageLinks } from "../links/pageLinks.ts";
import { describePage, describePageFiles, isRight, plainPage, throwUnlessRight } from "../links/pageReport.ts";
import { drawQrCode } from "../links/qrCode.ts";
import { openShelf } from "../sharing/openShelf.ts";
import { checkPictureName, writeBadge, writeQrCode } from "../links/sharedPictures.ts";

const OPTIONS = {
  ...NETWORK_OPTIONS,
  config: { type: "string" },
  page: { type: "string" },
  qr: { type: "boolean" },
  "qr-file": { type: "string" },
  badge: { type: "string" },
  json: { type: "boolean" },
} as const;

// Whoever has enough of it ends the program.
const NEVER = new AbortController().signal;

export const link: Command = {
  name: "link",
  summary: "print download links, and try each as a stranger",
  options: OPTIONS,
  help: `Usage: slipway link [HOST/NAME[:TAG]] [--page URL]

Prints for every platform's files the address, size and sha256, and a line for curl. Each address is tried without
any login, as the person will who gets it: you see whether it works, and if not, why.

Without a tag it is the newest launcher, and the newest version where there is no launcher; without a name, the
repository of installer.json. A release that is to be downloaded by a plain link is best pushed with --compression none.

  --page URL            the addresses of your download page instead, from slipway serve or slipway page, and whether
                        each gives what the registry has
  --qr                  below each address that works for anybody its QR code; with --page that of the page
  --qr-file FILE        the same as a picture, .svg or .png
  --badge FILE.svg      write a badge that tells the newest version
  --config FILE         default installer.json
  --json                print JSON
${NETWORK_HELP}

Examples:
  slipway link ghcr.io/example/app:1.2.0
  slipway link ghcr.io/example/app --page https://get.example.org/ --qr-file poster.svg
`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, OPTIONS);
    const page = values.page === undefined ? undefined : readPageAddress(values.page);
    checkPictures(values);
    const subject = await readSubject(positionals, context, values.config);
    await using network = await openNetwork(context, values);
    const run: Run = { ...subject, values, context, network };
    if (values.badge !== undefined) await writeBadge(values.badge, context, await versionFor(run));
    if (page === undefined) await linkRegistry(run);
    else await linkPage(page, run);
  },
};

interface Subject {
  readonly reference: Reference;
  readonly installer: Installer | undefined;
}

interface Run extends Subject {
  readonly values: ReturnType<typeof readArguments<typeof OPTIONS>>["values"];
  readonly context: CommandContext;
  readonly network: RegistryClient;
}

async function linkRegistry({ reference, installer, values, context, network }: Run): Promise<void> {
  const storage = network.repository(reference);
  const offer = await openOffer(storage, reference, { installer, signal: NEVER });
  if (offer.reason !== undefined) context.note(`${offer.reason}\n`);
  await using probe = openLinkProbe(strangerOptions(context, values));
  const links = await findLinks(storage, offer.root, { probe, repository: reference });
  if (values.json === true)
    printJson(context, { reference: formatReference(offer.reference), files: links.map(plainLink) });
  else {
    const parts = links.map((file) =>
      file.answer.kind === "open" ? `${describeLink(file)}${draw(file.url, values, context)}` : describeLink(file),
    );
    context.out(`${parts.join("\n")}\n`);
  }
  if (values["qr-file"] !== undefined) await writeQrCode(values["qr-file"], context, onlyAddress(links));
  throwUnlessPublic(links);
}

async function linkPage(page: URL, { reference, installer, values, context, network }: Run): Promise<void> {
  await using shelf = await openShelf({ kind: "registry", reference }, { network, cwd: context.cwd, installer });
  const files = await readFiles(shelf, reference);
  const tag = files[0]?.tag ?? "";
  if (reference.tag === undefined) context.note(`${explainChoice(tag, files[0]?.kind ?? "launcher")}\n`);
  await using visitor = openVisitor(strangerOptions(context, values));
  const found = await findPageLinks(visitor, { page, files, tag: reference.tag });
  const works = isRight(found.page.verdict);
  if (values.json === true)
    printJson(context, { reference: formatReference({ ...reference, tag }), ...plainPage(found) });
  else {
    const code = works ? draw(page.href, values, context) : "";
    context.out(`${describePage(found)}${code}\n${describePageFiles(found, tag)}\n`);
  }
  if (works && values["qr-file"] !== undefined) await writeQrCode(values["qr-file"], context, page);
  throwUnlessRight(found);
}

/** What the page has to offer: a release's own files, or what is newest. @throws AppError `not-found`, `usage`. */
async function readFiles(shelf: Shelf, reference: Reference): Promise<readonly Download[]> {
  const { tag, digest } = reference;
  if (digest !== undefined)
    throw new AppError("usage", `a page has no addresses for a digest: ${formatReference(reference)}`, {
      hint: "Name a version or launcher by its tag, or nothing but HOST/NAME for what is newest.",
    });
  if (tag === undefined) return (await shelf.readCatalog(NEVER)).downloads;
  const files = (await shelf.readRelease(tag, NEVER)) ?? [];
  if (files.length > 0) return files;
  throw new AppError("not-found", `${formatReference(reference)} is no release with files that a page could offer`, {
    hint: "See what is there: slipway tags HOST/NAME",
  });
}

async function versionFor({ reference, installer, network }: Run): Promise<string> {
  const named = versionOfTag(reference.tag ?? "");
  return named ?? (await newestVersion(network.repository(reference), { installer, signal: NEVER }));
}

/** @throws AppError `usage` when it is not clear which one is meant. */
function onlyAddress(links: readonly FileLink[]): URL {
  const open = links.filter(({ answer }) => answer.kind === "open");
  const [first] = open;
  if (first !== undefined && open.length === 1) return new URL(first.url);
  throw new AppError("usage", `--qr-file is for one address, and ${open.length} work for anybody`, {
    hint: "Name your download page, which is right for every system: --page URL",
  });
}

function draw(url: string, { qr }: Run["values"], { toTerminal, env }: CommandContext): string {
  if (qr !== true) return "";
  return `\n${drawQrCode(new URL(url), { colored: toTerminal && env["TERM"] !== "dumb" })}`;
}

/** Before anything is asked of anybody. */
function checkPictures(values: Run["values"]): void {
  if (values["qr-file"] !== undefined) checkPictureName(values["qr-file"], ["svg", "png"], "--qr-file");
  if (values.badge !== undefined) checkPictureName(values.badge, ["svg"], "--badge");
  if (values.qr === true && values.json === true)
    throw new AppError("usage", "--qr draws for people, and --json is for programs", {
      hint: "With --json, have it in a file: --qr-file FILE.svg",
    });
}

function readPageAddress(text: string): URL {
  const url = URL.parse(text);
  const usable = url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
  if (!usable || url.search !== "" || url.hash !== "")
    throw new AppError("usage", "--page wants the address of a download page", {
      hint: "For example: --page https://get.example.org/",
    });
  return new URL(url.pathname.endsWith("/") ? url.href : `${url.href}/`);
}

async function readSubject(
  [text, ...rest]: readonly string[],
  context: CommandContext,
  config: string | undefined,
): Promise<Subject> {
  noMoreArguments(rest, "one reference");
  if (text !== undefined) {
    const reference = parseReference(text);
    return { reference, installer: await readInstallerFor(reference, { context, config }) };
  }
  const installer = await readInstaller(context.cwd, config);
  if (!installer.repository.startsWith("oci:")) return { reference: parseRepository(installer.repository), installer };
  throw new AppError("usage", `${installer.repository} is on a disk, to which nobody has a link`, {
    hint: "Name what is published: slipway link HOST/NAME:TAG",
  });
}
