import { formatDay } from "./amounts.ts";
import type { Catalog } from "./catalog.ts";
import { renderFileCard } from "./fileCard.ts";
import { renderHelp } from "./help.ts";
import { type Markup, markup } from "./markup.ts";
import { type Language, LANGUAGES, languageTag } from "./language.ts";
import { renderNotes } from "./notes.ts";
import { groupDownloads, type SystemDownloads } from "./platforms.ts";
import { promiseOf } from "./renderHead.ts";
import type { PageOptions } from "./renderPage.ts";
import { type Texts, textsOf } from "./texts.ts";

/** Everything that a visitor sees. */
export function renderBody(catalog: Catalog, options: PageOptions): Markup {
  const texts = textsOf(options.language);
  return markup`<header>${renderTitle(catalog, options)}</header>
    <main>
      ${renderYours(catalog, options.language)}
      <section id="downloads" aria-labelledby="downloads-title">
        <h2 id="downloads-title" data-others="${texts.otherDownloads}">${texts.downloads}</h2>
        ${groupDownloads(catalog.downloads).map((group) => renderSystem(group, options))}
      </section>
      ${renderNews(catalog, texts)}
    </main>
    <footer>
      <nav aria-label="${texts.languages}">
        <ul>
          ${LANGUAGES.map((language) => renderLanguage(language, options))}
        </ul>
      </nav>
      <p><a href="${options.root}SHA256SUMS">${texts.checksums}</a></p>
    </footer>`;
}

function renderTitle(catalog: Catalog, { language, root, iconHref }: PageOptions): Markup {
  const { name, publisher, version, created } = catalog;
  const texts = textsOf(language);
  const promise = promiseOf(catalog, texts);
  const day = created === undefined ? undefined : formatDay(created, language);
  const edition = [
    ...(version === undefined ? [] : [markup`<span>${texts.version(version)}</span>`]),
    ...(day === undefined ? [] : [markup`<time datetime="${created ?? ""}">${day}</time>`]),
    ...(publisher === undefined ? [] : [markup`<span>${publisher}</span>`]),
  ];
  return markup`${
    iconHref === undefined
      ? markup`<div class="initial" aria-hidden="true">${initialOf(name)}</div>`
      : markup`<img src="${root}${iconHref}" alt="" width="96" height="96" />`
  }
    <h1>${name}</h1>
    ${promise === undefined ? markup`` : markup`<p class="promise">${promise}</p>`}
    ${edition.length === 0 ? markup`` : markup`<p class="edition">${edition}</p>`}`;
}

/** The first letter, as a person takes it for one, where there is no icon. */
function initialOf(name: string): string {
  const [first] = new Intl.Segmenter().segment(name);
  return first?.segment.toUpperCase() ?? "";
}

/** Where the script puts the visitor's own file. */
function renderYours({ downloads }: Catalog, language: Language): Markup {
  const texts = textsOf(language);
  const systems = groupDownloads(downloads).flatMap(({ system }) =>
    system === undefined ? [] : texts.systems[system],
  );
  const list = new Intl.ListFormat(language).format(systems);
  const phone = systems.length === 0 ? texts.noneForYou : texts.onComputers(list);
  return markup`<section id="yours" aria-label="${texts.yours}" hidden>
    <p
      id="verdict"
      role="status"
      data-found="${texts.recommended}"
      data-apple="${texts.onlyApple}"
      data-none="${texts.noneForYou}"
      data-phone="${phone}"
    ></p>
    <div id="choice"></div>
    <div id="which" hidden>
      <h2>${texts.whichMac}</h2>
      <p>${texts.aboutThisMac}</p>
    </div>
    <div id="choice-help"></div>
  </section>`;
}

function renderSystem({ system, downloads }: SystemDownloads, { language, root, hrefOf }: PageOptions): Markup {
  const texts = textsOf(language);
  const cards = downloads.map((download) => {
    const href = hrefOf(download);
    return renderFileCard(download, { language, href: isWhole(href) ? href : root + href });
  });
  if (system === undefined) return markup`<div class="system"><div class="sheet">${cards}</div></div>`;
  return markup`<div class="system">
    <h3>${texts.systems[system]}</h3>
    <div class="sheet">${[...cards, ...renderHelp(system, downloads, texts)]}</div>
  </div>`;
}

function isWhole(href: string): boolean {
  return /^https?:/i.test(href);
}

function renderNews({ notes, version }: Catalog, texts: Texts): Markup {
  if (notes === undefined || notes.trim() === "") return markup``;
  // Nobody says in which language they are.
  return markup`<section aria-labelledby="news-title">
    <h2 id="news-title">${texts.news(version)}</h2>
    <div class="notes" lang="">${renderNotes(notes)}</div>
  </section>`;
}

function renderLanguage(language: Language, { language: own, root }: PageOptions): Markup {
  const { languageName } = textsOf(language);
  const tag = languageTag(language);
  const current = language === own ? markup` aria-current="true"` : markup``;
  return markup`<li>
    <a href="${root}${language}/" lang="${tag}" hreflang="${tag}" ${current}>${languageName}</a>
  </li>`;
}
