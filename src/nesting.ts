// No format that is read here nests deeper than ten levels. JSON.parse does without end; whatever walks the value
// afterwards, JSON.stringify first of all, ends the stack, or writes a gigabyte of indentation.
const MAX_DEPTH = 200;

/** Whether JSON is nested deeper than anybody means it. */
export function isTooDeep(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (quoted) {
      // What a backslash stands before ends no text.
      if (character === 0x5c) at += 1;
      else quoted = character !== 0x22;
    } else if (character === 0x22) quoted = true;
    else if (character === 0x5b || character === 0x7b) {
      depth += 1;
      if (depth > MAX_DEPTH) return true;
    } else if (character === 0x5d || character === 0x7d) depth -= 1;
  }
  return false;
}
