import { describe, expect, test } from "vitest";
import { renderNotes } from "../../../src/page/notes.ts";

describe("renderNotes", () => {
  test.each([
    ["*new*", "<p><em>new</em></p>"],
    ["- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"],
    ["<b onclick=x>bold</b>", "<p>&lt;b onclick=x&gt;bold&lt;/b&gt;</p>"],
    ["<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"],
    ["[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"],
    ["[x](data:text/html,y)", "<p>[x](data:text/html,y)</p>"],
    ["[x *y*](elsewhere.html) [z](https://example.com/)", '<p>x <em>y</em> <a href="https://example.com/">z</a></p>'],
    ["![a picture](a.png)", "<p>a picture</p>"],
    ["by https://example.com/pull/1", '<p>by <a href="https://example.com/pull/1">https://example.com/pull/1</a></p>'],
    ["| a |\n|--:|\n| b |", "<p>| a |\n|--:|\n| b |</p>"],
    ["[x](https://example.com/)", '<p><a href="https://example.com/">x</a></p>'],
    ["![a picture](https://example.com/a.png)", "<p>a picture</p>"],
    ['![a "fine" <one>](https://example.com/a.png "title")', "<p>a &quot;fine&quot; &lt;one&gt;</p>"],
    ['`<img src="x" alt="y" />`', "<p><code>&lt;img src=&quot;x&quot; alt=&quot;y&quot; /&gt;</code></p>"],
    ["a\0b", "<p>a\ufffdb</p>"],
  ])("makes of %j a piece of a page", (markdown, text) => {
    expect(renderNotes(markdown).text.trimEnd()).toBe(text);
  });

  test.each([
    ["# A\n## B", "<h3>A</h3>\n<h4>B</h4>"],
    ["## A\n#### B\n## C", "<h3>A</h3>\n<h4>B</h4>\n<h3>C</h3>"],
    ["# 1\n## 2\n### 3\n#### 4\n##### 5", "<h3>1</h3>\n<h4>2</h4>\n<h5>3</h5>\n<h6>4</h6>\n<h6>5</h6>"],
    ["A\n=\n`<h1>`", "<h3>A</h3>\n<p><code>&lt;h1&gt;</code></p>"],
  ])("puts the headings of %j below those of the page", (markdown, text) => {
    expect(renderNotes(markdown).text.trimEnd()).toBe(text);
  });

  // Each of them takes other readers of Markdown minutes.
  test.each([">", "_a*", "[", "![", "<a ", "*a "])("is done soon with %j again and again", (piece) => {
    expect(renderNotes(piece.repeat(60_000 / piece.length)).text.length).toBeGreaterThan(1000);
  });
});
