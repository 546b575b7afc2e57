import { onOneLine } from "../format.ts";

/** A piece of a page that is as it should be; made by {@link markup}, or by somebody who knows. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/**
 * Writes a piece of a page. Whatever is put into it is a text, and becomes neither element nor attribute, unless it is
 * such a piece itself. Attributes have double quotes.
 */
export function markup(
  parts: TemplateStringsArray,
  ...values: readonly (string | number | Markup | readonly Markup[])[]
): Markup {
  return new Markup(parts.map((part, index) => part + fill(values[index])).join(""));
}

function fill(value: string | number | Markup | readonly Markup[] | undefined): string {
  if (value === undefined) return "";
  if (value instanceof Markup) return value.text;
  if (typeof value === "object") return value.map(({ text }) => text).join("\n");
  return escapeWords(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** A stranger's words as content of an element or of an attribute: on one line, and turning nothing around. */
export function escapeWords(text: string): string {
  // Without what no XML may hold, in a badge for example, and without halves of characters.
  const words = onOneLine(text)
    .toWellFormed()
    .replace(/[\ufffe\uffff]/g, "\ufffd");
  return words.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
