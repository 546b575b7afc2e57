import { micromark } from "micromark";
import { Markup } from "./markup.ts";

/** Below the page's h1 and the h2 over the notes. */
const FIRST_LEVEL = 3;

/**
 * Release notes as a part of a page. HTML in them is shown as text, and addresses of other kinds than web and mail lead
 * nowhere; pictures are replaced by what they say, for a page loads nothing from outside.
 */
export function renderNotes(markdown: string): Markup {
  const html = micromark(markdown.toWellFormed(), { allowDangerousHtml: false, allowDangerousProtocol: false });
  // No text of the notes is taken for a tag here: micromark writes their "<" and quotes as entities.
  return new Markup(lowerHeadings(html.replace(/<img src="[^"]*" alt="([^"]*)"(?: title="[^"]*")? \/>/g, "$1")));
}

/** The highest heading becomes the first below ours, the next the second, with none left out between them. */
function lowerHeadings(html: string): string {
  const levels = [...new Set([...html.matchAll(/<h([1-6])>/g)].map(([, level]) => Number(level)))].sort(
    (a, b) => a - b,
  );
  return html.replace(/<(\/?)h([1-6])>/g, (_tag, slash: string, level: string) => {
    return `<${slash}h${Math.min(6, FIRST_LEVEL + levels.indexOf(Number(level)))}>`;
  });
}
