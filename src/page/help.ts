import type { Download } from "../release/download.ts";
import { startCommand } from "./command.ts";
import { type Markup, markup } from "./markup.ts";
import { type System, systemOf } from "./platforms.ts";
import type { Texts } from "./texts.ts";

/** Whether starting the file is more than opening it, so that there is something to say. */
export function needsHelp({ platform, fileName, codeSigned }: Download): boolean {
  const system = systemOf(platform);
  if (system === undefined) return false;
  // Nobody signs for Linux, and no download is executable there.
  return system === "linux" || !codeSigned || (system === "darwin" && isZip(fileName));
}

/** What a system will say about its files, and what to do then; nothing where it says nothing. */
export function renderHelp(system: System, downloads: readonly Download[], texts: Texts): readonly Markup[] {
  const helped = downloads.filter(needsHelp);
  // Of several that one which needs most.
  const first = helped.find(({ codeSigned }) => !codeSigned) ?? helped[0];
  if (first === undefined) return [];
  const warned = system !== "linux" && !first.codeSigned;
  return [
    markup`<details class="help" data-help="${system}">
      <summary>${texts.help[system]}</summary>
      <ol>
        ${stepsOf(system, first, texts).map((step) => markup`<li>${step}</li>`)}
      </ol>
      ${warned ? markup`<p>${texts.trust}</p>` : markup``}
    </details>`,
  ];
}

function stepsOf(system: System, download: Download, texts: Texts): readonly Markup[] {
  switch (system) {
    case "windows":
      return texts.windowsSteps.map((step) => markup`${step}`);
    case "darwin":
      return [...(isZip(download.fileName) ? [texts.macZip] : []), ...(download.codeSigned ? [] : texts.macSteps)].map(
        (step) => markup`${step}`,
      );
    case "linux":
      return texts.linuxSteps.map(
        (step) => markup`${step} <span class="line"><code>${startCommand(download)}</code></span>`,
      );
  }
}

function isZip(fileName: string): boolean {
  return fileName.toLowerCase().endsWith(".zip");
}
