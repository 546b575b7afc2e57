import { expect, test } from "vitest";
import { fileNameOf } from "../../../src/config/names.ts";

test.each([
  ["Example App", "Example-App"],
  ["Übung: 1/2", "Ubung-1-2"],
  ["../..", "program"],
  ["日本", "program"],
])("the name %j becomes the file name %s", (name, expected) => expect(fileNameOf(name)).toBe(expected));
