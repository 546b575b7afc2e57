import { expect, test } from "vitest";
import { attachment } from "../../../../../src/server/gateway/delivery/disposition.ts";

test.each([
  ["app.exe", "app.exe", "app.exe"],
  ["Example App-1.0.zip", "Example App-1.0.zip", "Example%20App-1.0.zip"],
  ["Müller 中.exe", "M_ller _.exe", "M%C3%BCller%20%E4%B8%AD.exe"],
  ["😀", "_", "%F0%9F%98%80"],
  ['a"b', "a_b", "a%22b"],
  ["a\\b/../c", "a_b_.._c", "a_b_.._c"],
  ["a\r\nSet-Cookie: x", "a__Set-Cookie: x", "a__Set-Cookie%3A%20x"],
  ["100%41", "100_41", "100%2541"],
  ["it's (a) *", "it's (a) *", "it%27s%20%28a%29%20%2A"],
  ["\u202egpj.exe", "_gpj.exe", "_gpj.exe"],
  ["\ud800", "_", "%EF%BF%BD"],
  ["", "download", "download"],
])("%j", (name, plain, extended) => {
  expect(attachment(name)).toBe(`attachment; filename="${plain}"; filename*=UTF-8''${extended}`);
});
