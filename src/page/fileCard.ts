import { algorithmOf, encodedOf } from "../oci/digest.ts";
import type { Download } from "../release/download.ts";
import { formatExactSize, formatSize } from "./amounts.ts";
import { checkCommand } from "./command.ts";
import { needsHelp } from "./help.ts";
import { type Markup, markup } from "./markup.ts";
import type { Language } from "./language.ts";
import { platformKey, platformLabel, systemOf } from "./platforms.ts";
import { textsOf } from "./texts.ts";

const ARROW = markup`<svg class="arrow" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
  <path d="M12 4v11m-5-5 5 5 5-5M5 20h14" />
</svg>`;

/** A file that can be downloaded: its link, and how to check what arrived. The script makes a big button of it. */
export function renderFileCard(
  download: Download,
  { language, href }: { readonly language: Language; readonly href: string },
): Markup {
  const { platform, fileName, size, digest } = download;
  const texts = textsOf(language);
  const system = systemOf(platform);
  const label = platformLabel(platform, texts);
  const algorithm = algorithmOf(digest);
  return markup`<div
    class="file"
    data-platform="${platformKey(platform)}"
    data-system="${system ?? ""}"
    ${helped(download)}
  >
    <a class="get" href="${href}" download="${fileName}">
      ${ARROW}
      <span class="call">${texts.download(system === undefined ? undefined : texts.systems[system])}</span>
      <span class="label">${label}</span> <span class="size">${formatSize(size, language)}</span>
    </a>
    <details class="facts">
      <summary>${texts.facts}<span class="unseen"> ${label}</span></summary>
      <dl>
        <dt>${texts.fileName}</dt>
        <dd>${fileName}</dd>
        <dt>${texts.size}</dt>
        <dd>${formatExactSize(size, language)}</dd>
        <dt>${algorithm}</dt>
        <dd>
          <code>${encodedOf(digest)}</code>
          <button type="button" class="copy" aria-label="${texts.copyWhat(algorithm, fileName)}" hidden>
            ${texts.copy}
          </button>
          <span role="status" data-copied="${texts.copied}"></span>
        </dd>
      </dl>
      <p>${texts.check}</p>
      <p class="line"><code>${checkCommand(download)}</code></p>
    </details>
  </div>`;
}

function helped(download: Download): Markup {
  return needsHelp(download) ? markup` data-helped` : markup``;
}
