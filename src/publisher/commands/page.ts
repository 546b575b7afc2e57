import { relative, resolve } from "node:path";
import { AppError } from "../../errors.ts";
import { formatBytes } from "../../format.ts";
import type { Download } from "../../release/download.ts";
import { type Command, noMoreArguments, printJson, readArguments } from "../command.ts";
import { NETWORK_HELP, NETWORK_OPTIONS, openNetwork } from "../network.ts";
import { PLACES_HELP } from "../place.ts";
import { parseLinkTemplate } from "../sharing/downloadLinks.ts";
import { openShelf } from "../sharing/openShelf.ts";
import { readSharedPlace } from "../sharing/sharedPlace.ts";
import { writePage, type WrittenPage } from "../sharing/writePage.ts";

const OPTIONS = {
  ...NETWORK_OPTIONS,
  out: { type: "string", short: "o" },
  link: { type: "string" },
  config: { type: "string" },
  json: { type: "boolean" },
} as const;

export const page: Command = {
  name: "page",
  summary: "write a download page for any web space",
  options: OPTIONS,
  help: `Usage: slipway page [PLACE] -o DIR [--link URL]

Writes a download page as plain files, in six languages, with the files that people download beside it: copy the folder
to any web space. A visitor sees one button for their own system, the others below, what Windows or a Mac will say, and
how to check what arrived. It needs no script, loads nothing from elsewhere, and tells nobody of its visitors.

Without PLACE it is the repository of installer.json. Run it again after a release: files that are there already are
not fetched again, and nothing is deleted.

  -o, --out DIR         the folder to write to
  --link URL            link to files that lie elsewhere instead of writing them; {file}, {platform} and {tag}
                        in it stand for each file's own
  --config FILE         another installer.json
  --json                print JSON
${NETWORK_HELP}

${PLACES_HELP}

Examples:
  slipway page -o public
  slipway page ghcr.io/example/app -o public --link 'https://dl.example.com/{tag}/{platform}'
`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, OPTIONS);
    const [text, ...more] = positionals;
    noMoreArguments(more, "one place");
    if (values.out === undefined)
      throw new AppError("usage", "the folder for the page is missing", { hint: "Add -o DIR, for example: -o public" });
    const linkOf = values.link === undefined ? undefined : parseLinkTemplate(values.link);
    const directory = resolve(context.cwd, values.out);
    const { place, installer } = await readSharedPlace(text, { context, config: values.config });
    await using network = await openNetwork(context, values);
    await using shelf = await openShelf(place, { network, cwd: context.cwd, installer });
    const { signal } = new AbortController();
    const onFetch = ({ fileName, size }: Download): void => {
      if (context.interactive) context.note(`fetching ${fileName}, ${formatBytes(size)}\n`);
    };
    const catalog = await shelf.readCatalog(signal);
    const written = await writePage(shelf, catalog, { directory, linkOf, signal, onFetch });
    if (values.json === true) printJson(context, { directory, ...written });
    else context.out(describe(written, relative(context.cwd, directory)));
  },
};

function describe({ files }: WrittenPage, directory: string): string {
  const lines = files.map(
    ({ path, size, written }) => `  ${path}  ${formatBytes(size)}${written ? "" : ", was there already"}\n`,
  );
  return `wrote the page to ${directory === "" ? "this folder" : directory}\n${lines.join("")}`;
}
