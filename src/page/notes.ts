import MarkdownIt from "markdown-it";
import { Markup } from "./markup.ts";

/** Below the page's h1 and the h2 over the notes. */
const FIRST_LEVEL = 3;

/**
 * Release notes as a part of a page. HTML in them is shown as text, and so are links to anything but web and mail;
 * pictures are replaced by what they say, for a page loads nothing from outside.
 */
export function renderNotes(markdown: string): Markup {
  return new Markup(markdownIt.render(markdown.toWellFormed()));
}

const markdownIt = openMarkdown();

function openMarkdown(): InstanceType<typeof MarkdownIt> {
  const opened = new MarkdownIt({ html: false, linkify: true });
  // A table wants styles in attributes, which the page's policy forbids, and more room than a phone has.
  opened.disable("table");
  // What has no scheme is a place beside the notes, where they were written.
  opened.validateLink = (url) => /^(?:https?:|mailto:|(?![a-z0-9+.-]*:))/i.test(url.trim());
  opened.renderer.rules["image"] = (tokens, index, options, environment, renderer) => {
    const alternative = renderer.renderInlineAsText(tokens[index]?.children ?? [], options, environment);
    return opened.utils.escapeHtml(alternative);
  };
  opened.core.ruler.push("below", ({ tokens }) => {
    lowerHeadings(tokens);
    for (const token of tokens) if (token.children !== null) token.children = withoutPlaces(token.children);
  });
  return opened;
}

type Tokens = ReturnType<typeof markdownIt.parse>;

/** The highest heading becomes the first below ours, the next the second, with none left out between them. */
function lowerHeadings(tokens: Tokens): void {
  const headings = tokens.filter(({ type }) => type === "heading_open" || type === "heading_close");
  const tags = [...new Set(headings.map(({ tag }) => tag))].sort();
  for (const heading of headings) heading.tag = `h${Math.min(6, FIRST_LEVEL + tags.indexOf(heading.tag))}`;
}

/** What leads beside the page, where nothing of it is, becomes plain words. Links do not lie in each other. */
function withoutPlaces(tokens: Tokens): Tokens {
  let isPlace = false;
  return tokens.filter((token) => {
    if (token.type === "link_open") isPlace = !/^[a-z]+:/i.test(String(token.attrGet("href")));
    return !(isPlace && (token.type === "link_open" || token.type === "link_close"));
  });
}
