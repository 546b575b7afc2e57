import { describe, expect, test } from "vitest";
import { type Activation, planActivation, planConfirmation, planRollBack } from "../../../src/store/activation.ts";
import { activationOf, versionOf } from "./sample.ts";

const at = "2026-05-06T07:08:09.000Z";

function activate(before: Activation | undefined, version: string, request = "latest"): Activation {
  return planActivation(before, { version: versionOf(version), request, at });
}

describe("activating", () => {
  test("the first version leaves nothing to go back to", () => {
    const activation = activate(undefined, "1.0.0", "^1");
    expect(activation).toEqual({
      schema: 1,
      current: versionOf("1.0.0"),
      confirmed: false,
      request: "^1",
      activatedAt: at,
    });
  });

  test("a new version keeps the old one as previous, and is not confirmed", () => {
    const activation = activate(activationOf("1.0.0", { previous: versionOf("0.9.0") }), "1.1.0");
    expect(activation).toMatchObject({ current: versionOf("1.1.0"), previous: versionOf("1.0.0"), confirmed: false });
    expect(activation.activatedAt).toBe(at);
  });

  test.each([true, false])("the same version again changes the request only (confirmed: %s)", (confirmed) => {
    const before = activationOf("1.0.0", { previous: versionOf("0.9.0"), confirmed });
    expect(activate(before, "1.0.0", "1.0.0")).toEqual({ ...before, request: "1.0.0" });
  });

  test("the same content installed under another name leads there", () => {
    const before = activationOf("1.0.0", { previous: versionOf("0.9.0") });
    const version = { ...versionOf("1.0.0"), directory: "v1-again" };
    expect(planActivation(before, { version, request: "latest", at })).toEqual({ ...before, current: version });
  });

  test("over a version that never ran keeps the one that did", () => {
    const before = activationOf("1.1.0", { previous: versionOf("1.0.0"), confirmed: false });
    expect(activate(before, "1.2.0").previous).toEqual(versionOf("1.0.0"));
  });

  test("over a first version that never ran keeps that one: it is all there is", () => {
    expect(activate(activationOf("1.0.0", { confirmed: false }), "1.1.0").previous).toEqual(versionOf("1.0.0"));
  });

  test("the previous version again leaves the one that never ran nobody's fallback", () => {
    const before = activationOf("1.1.0", { previous: versionOf("1.0.0"), confirmed: false });
    const back = activate(before, "1.0.0");
    expect(back).toEqual({
      schema: 1,
      current: versionOf("1.0.0"),
      confirmed: false,
      request: "latest",
      activatedAt: at,
    });
    expect(activate(back, "1.2.0").previous).toEqual(versionOf("1.0.0"));
  });
});

describe("rolling back", () => {
  test("makes the previous version current, as one that has run here, and the failed one nobody's fallback", () => {
    const back = planRollBack(
      activationOf("1.1.0", { previous: versionOf("1.0.0"), confirmed: false, request: "^1" }),
      at,
    );
    expect(back).toEqual({ schema: 1, current: versionOf("1.0.0"), confirmed: true, request: "^1", activatedAt: at });
  });

  test("needs a previous version", () => {
    expect(planRollBack(activationOf("1.0.0"), at)).toBeUndefined();
  });
});

test("confirming changes nothing else", () => {
  const before = activationOf("1.1.0", { previous: versionOf("1.0.0"), confirmed: false });
  expect(planConfirmation(before)).toEqual({ ...before, confirmed: true });
});
