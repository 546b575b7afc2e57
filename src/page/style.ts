/** The page's looks. No font, picture or colour comes from outside, and nothing moves for who does not want it. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #f6f7f9; --sheet: #fff; --ink: #16191f; --soft: #545b67; --line: #dfe2e8;
  --accent: #1d4ed8; --accent-strong: #1a43bb; --on-accent: #fff; --tint: #eef3ff; --shade: 0 1px 2px #0f172a0d, 0 8px 28px #0f172a12;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #101216; --sheet: #191c22; --ink: #eceef2; --soft: #a5adba; --line: #2d323b;
    --accent: #8fb1ff; --accent-strong: #abc4ff; --on-accent: #0b1530; --tint: #1e2738; --shade: 0 1px 2px #0006, 0 8px 28px #0004;
  }
}
*, ::before, ::after { box-sizing: border-box; }
[hidden] { display: none !important; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink); overflow-wrap: anywhere;
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Hiragino Sans", "Noto Sans CJK JP", "PingFang SC", "Microsoft YaHei", sans-serif;
}
:lang(ja) { word-break: auto-phrase; }
:lang(zh) { font-family: system-ui, -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
header, main, footer { width: min(100% - 2.5rem, 42rem); margin-inline: auto; }
a { color: var(--accent); text-underline-offset: .18em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: .4rem; }
h1, h2, h3, h4, h5, h6 { line-height: 1.25; text-wrap: balance; margin: 0; }
header { padding: 4rem 0 2rem; text-align: center; }
header img, .initial { width: 6rem; height: 6rem; margin: 0 auto 1.5rem; display: block; }
.initial { border-radius: 1.4rem; background: var(--accent); color: var(--on-accent); font: 600 3rem/6rem system-ui, sans-serif; }
h1 { font-size: clamp(1.9rem, 1.4rem + 2.5vw, 2.75rem); font-weight: 700; letter-spacing: -.02em; }
.promise { margin: .75rem auto 0; max-width: 32rem; font-size: 1.125rem; color: var(--soft); text-wrap: balance; }
.edition { margin: .75rem 0 0; font-size: .9375rem; color: var(--soft); }
.edition > * { display: inline-block; }
.edition > * + *::before { content: "·"; margin-inline: .2em .5em; }
section { margin: 0 0 3rem; }
h2 { font-size: 1.25rem; font-weight: 650; margin-bottom: 1rem; }
.system h3 { font-size: .875rem; font-weight: 600; color: var(--soft); margin: 1.75rem 0 .5rem; }
.sheet, #choice-help .help { background: var(--sheet); border: 1px solid var(--line); border-radius: .875rem; overflow: clip; }
.sheet > * + * { border-top: 1px solid var(--line); }
.get { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem .75rem; padding: .85rem 1.1rem .35rem; color: var(--ink); text-decoration: none; }
.sheet :focus-visible { outline-offset: -3px; }
.get:hover .label { text-decoration: underline; }
.label { font-weight: 600; flex: 1 1 10rem; }
.size { color: var(--soft); font-variant-numeric: tabular-nums; }
.arrow { flex: none; width: 1.25rem; height: 1.25rem; fill: none; stroke: var(--accent); stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.call { display: none; }
summary { cursor: pointer; display: flex; align-items: center; gap: .6rem; width: fit-content; padding: .8rem 1.1rem; font-size: .9375rem; border-radius: .6rem; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary::before { content: ""; flex: none; width: .5em; height: .5em; margin: 0 .2em; border: solid var(--soft); border-width: 0 2px 2px 0; transform: rotate(-45deg); }
[open] > summary::before { transform: rotate(45deg); }
summary:hover { color: var(--accent); }
.facts summary { padding: .1rem 1.1rem .75rem 3.1rem; gap: .4rem; font-size: .875rem; color: var(--soft); }
.facts summary::before { width: .42em; height: .42em; }
.facts[open], .help[open] { padding-bottom: .6rem; }
.sheet .facts > :not(summary) { margin-left: 3.1rem; }
details > :not(summary) { margin: 0 1.1rem .6rem; font-size: .9375rem; }
details ol { padding-left: 1.25rem; }
details li { margin-bottom: .5rem; }
.help > p { color: var(--soft); }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .35rem 1rem; }
dt { color: var(--soft); }
dd { margin: 0; }
code { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.line { display: block; }
.line code { display: block; padding: .6rem .8rem; margin-top: .4rem; border-radius: .5rem; background: var(--paper); border: 1px solid var(--line); user-select: all; }
button.copy { font: inherit; font-size: .8125rem; padding: .1rem .65rem; color: var(--accent); background: none; border: 1px solid currentColor; border-radius: 1rem; cursor: pointer; }
button.copy:hover { background: var(--tint); }
#yours { margin-bottom: 3.5rem; }
#verdict { text-align: center; margin: 0 0 .9rem; color: var(--soft); }
#verdict:empty { display: none; }
#choice { display: grid; gap: 0 .9rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr)); align-items: start; }
@supports (grid-template-rows: subgrid) {
  #choice .file { display: grid; grid-template-rows: subgrid; grid-row: span 2; }
  #choice .get { align-content: center; height: 100%; }
}
#choice .get { gap: .1rem .9rem; padding: 1.2rem 1.5rem 1.2rem 5rem; position: relative; border-radius: 1rem; color: var(--on-accent); background: var(--accent); border: 2px solid var(--accent); box-shadow: var(--shade); transition: background .15s; }
#choice .get:hover { background: var(--accent-strong); }
#choice .get:hover .label { text-decoration: none; }
#choice .call { display: block; text-wrap: balance; flex: 1 0 100%; font-size: 1.375rem; font-weight: 650; line-height: 1.3; }
#choice .label { flex: 0 1 auto; font-weight: 400; }
#choice .size { color: inherit; }
#choice .arrow { position: absolute; left: 1.5rem; top: calc(50% - 1.125rem); width: 2.25rem; height: 2.25rem; stroke: currentColor; }
#choice .file + .file .get { color: var(--ink); background: var(--sheet); }
#choice .file + .file .sheet :focus-visible { outline-offset: -3px; }
#choice .file + .file .arrow { stroke: var(--accent); }
#choice .facts summary { margin: .35rem auto 0; padding: .4rem 1.1rem; }
#choice .facts[open] { background: var(--sheet); border: 1px solid var(--line); border-radius: .875rem; margin-top: .6rem; }
#which { margin-top: 1.1rem; padding: 1rem 1.1rem; border-radius: .875rem; background: var(--tint); }
#which h2 { font-size: 1rem; margin: 0; }
#which p { margin: .35rem 0 0; font-size: .9375rem; }
#choice-help { margin-top: .75rem; }
.notes { background: var(--sheet); border: 1px solid var(--line); border-radius: .875rem; padding: .4rem 1.35rem; }
.notes h3, .notes h4, .notes h5, .notes h6 { font-size: 1rem; font-weight: 650; margin: 1.1rem 0 .4rem; }
.notes p, .notes ul, .notes ol, .notes pre, .notes blockquote { margin: .75rem 0; }
.notes ul, .notes ol { padding-left: 1.4rem; }
.notes pre { overflow-x: auto; padding: .7rem .9rem; border-radius: .5rem; background: var(--paper); }
.notes pre code { overflow-wrap: normal; }
.notes blockquote { padding-left: 1rem; border-left: 3px solid var(--line); color: var(--soft); }
.notes hr { border: 0; border-top: 1px solid var(--line); }
footer { padding: 1.5rem 0 3rem; border-top: 1px solid var(--line); font-size: .9375rem; text-align: center; color: var(--soft); }
footer ul { display: flex; flex-wrap: wrap; justify-content: center; gap: .35rem 1.25rem; list-style: none; margin: 0 0 .75rem; padding: 0; }
footer p { margin: 0; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 30rem) {
  header { padding: 2.5rem 0 1.5rem; }
  header, main, footer { width: min(100% - 2rem, 42rem); }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dd { margin-bottom: .5rem; }
  #choice .get { padding: 1rem 1.1rem 1rem 4rem; }
  #choice .arrow { left: 1.1rem; }
  #choice .call { font-size: 1.2rem; }
  .facts summary { padding-left: 1.1rem; }
  .sheet .facts > :not(summary) { margin-left: 1.1rem; }
}
@media (forced-colors: active) { #choice .get { border-color: LinkText; } }
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
`;
