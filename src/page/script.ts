import { recognizeVisitor } from "./visitor.ts";

/**
 * What the page does in a browser: brings the visitor's own file to the top, with what their system will say, and lets
 * texts be copied. All that it shows is in the page already. Written for browsers of the last five years.
 */
export const SCRIPT = `(() => {
"use strict";
const recognizeVisitor = ${recognizeVisitor.toString()};
const one = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
const page = document.documentElement;
const wanted = (page.dataset.languages || "").split(" ").filter(Boolean);
if (wanted.length > 0 && location.protocol !== "file:") {
  const known = (navigator.languages || []).map((tag) => tag.slice(0, 2).toLowerCase());
  const language = known.find((tag) => wanted.includes(tag));
  if (language && language !== page.lang) return location.replace(language + "/" + location.search + location.hash);
}
const yours = one("#yours");
const verdict = one("#verdict");
const fileFor = (platform) => all("[data-platform]").find((file) => file.dataset.platform === platform);
function show(visitor) {
  const files = visitor.platforms.map(fileFor).filter(Boolean);
  if (files.length === 0 && visitor.kind !== "phone" && fileFor("any")) files.push(fileFor("any"));
  yours.hidden = false;
  if (files.length === 0) {
    verdict.textContent = visitor.kind === "phone" ? verdict.dataset.phone : verdict.dataset.none;
    if (visitor.kind === "unknown") yours.hidden = true;
    return;
  }
  const shown = visitor.unsure ? files.slice(0, 2) : files.slice(0, 1);
  for (const file of shown) one("#choice").append(file);
  if (shown.length > 1) one("#which").hidden = false;
  const help = all("[data-help]").find((part) => part.dataset.help === files[0].dataset.system);
  if (help && "helped" in files[0].dataset) one("#choice-help").append(help);
  for (const group of all(".system")) if (!group.querySelector("[data-platform]")) group.hidden = true;
  one("#downloads-title").textContent = one("#downloads-title").dataset.others;
  if (all(".system").every((group) => group.hidden)) one("#downloads").hidden = true;
  verdict.textContent = verdict.dataset.found;
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
  const { platform, architecture, bitness } = hints;
  show(recognizeVisitor({ userAgent, platform, architecture, bitness, renderer, touchPoints: navigator.maxTouchPoints }));
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
`;
