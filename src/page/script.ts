import { findLanguage } from "./language.ts";
import { recognizeVisitor } from "./visitor.ts";

/**
 * What the page does in a browser: brings the visitor's own file to the top, with what their system will say, and lets
 * texts be copied. All that it shows is in the page already. Written for browsers of the last five years.
 */
export const SCRIPT = withoutMargins(`(() => {
"use strict";
const recognizeVisitor = ${recognizeVisitor.toString()};
const findLanguage = ${findLanguage.toString()};
const one = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
const page = document.documentElement;
const { languages } = page.dataset;
if (languages && location.protocol !== "file:") {
  const language = findLanguage(navigator.languages || [], languages.split(" "));
  if (language && language !== page.lang) return location.replace(language + "/" + location.search + location.hash);
}
const fileFor = (platform) => one("[data-platform='" + platform + "']");
function show({ kind, platforms, unsure }) {
  const files = platforms.map(fileFor).filter(Boolean);
  const file = files[0] || (kind === "phone" ? null : fileFor("any"));
  const verdict = one("#verdict");
  const say = (words) => (verdict.textContent = verdict.dataset[words]);
  one("#yours").hidden = kind === "unknown" && !file;
  if (!file) return say(kind === "phone" ? "phone" : "none");
  const asked = unsure && file.dataset.platform === platforms[0];
  one("#which").hidden = !asked;
  one("#choice").append(file, ...(asked ? files.slice(1) : []));
  const help = all("[data-help]").find((part) => part.dataset.help === file.dataset.system);
  if (help && "helped" in file.dataset) one("#choice-help").append(help);
  const groups = all(".system");
  for (const group of groups) group.hidden = !group.querySelector("[data-platform]");
  const title = one("#downloads-title");
  title.textContent = title.dataset.others;
  one("#downloads").hidden = groups.every((group) => group.hidden);
  say(asked && files.length === 1 ? "apple" : "found");
}
function rendererOf() {
  try {
    const gl = document.createElement("canvas").getContext("webgl");
    const more = gl.getExtension("WEBGL_debug_renderer_info");
    return String(gl.getParameter(more ? more.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  } catch {
    return "";
  }
}
function recognize(hints) {
  const userAgent = navigator.userAgent;
  const renderer = /Mac/.test(userAgent) && !hints.architecture ? rendererOf() : "";
  const finePointer = matchMedia("(pointer: fine)").matches;
  show(recognizeVisitor({ ...hints, userAgent, renderer, finePointer, touchPoints: navigator.maxTouchPoints }));
}
const agent = navigator.userAgentData;
if (agent && agent.getHighEntropyValues)
  agent.getHighEntropyValues(["architecture", "bitness", "platform"]).then(recognize, () => recognize({}));
else recognize({});
if (navigator.clipboard)
  for (const button of all("button.copy")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.parentElement.querySelector("code").textContent);
      const said = button.parentElement.querySelector("[role=status]");
      said.textContent = said.dataset.copied;
    });
  }
})();
`);

/** Without indentation and lines of comment, which no browser needs. */
function withoutMargins(text: string): string {
  return text.replace(/^\s*(?:\/\/.*\s*)*/gm, "");
}
