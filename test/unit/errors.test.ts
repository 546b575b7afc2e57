import { expect, test } from "vitest";
import { AppError, formatError } from "../../src/errors.ts";

test("whom an error quotes cannot steer a terminal by it, or turn the sentence around", () => {
  const error = new AppError("bad-data", "it is a release of a\u001b[2J\u009bb\r\u202ec", { hint: "One.\nTwo\u2066." });
  expect(formatError(error)).toBe("it is a release of a [2J b  c\n\nOne.\nTwo .");
});

test("names in an error stay as they are, whatever they are written in", () => {
  const message = "👩‍💻/می‌خواهم/ü\tcould not be written";
  expect(new AppError("io", message).message).toBe(message);
});
