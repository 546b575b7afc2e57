import { Script } from "node:vm";
import { describe, expect, test } from "vitest";
import * as scripts from "../../../src/desktop/macos/dialogScript.ts";

const APP = { title: "Example App", text: "Installing Example App" };

describe("the scripts", () => {
  test.each(Object.entries(scripts))("%s compiles, and is ASCII", (_, script) => {
    expect(() => new Script(script)).not.toThrow();
    expect(script).toMatch(/^[\n\x20-\x7e]*$/);
  });
});

describe("the progress script on a Mac", () => {
  /** Runs the script on an AppKit that only remembers what was set. */
  function runScript(options: object) {
    const made: Record<string, Record<string, unknown>> = {};
    const written: string[] = [];
    const exits: number[] = [];
    let arrived = "";
    let methods: Record<string, { implementation: () => void }> = {};
    const remember = (name: string, values: object = {}): unknown =>
      (made[name] ??= anything({ isNil: () => false, ...values }));
    const $ = Object.assign(
      (value?: string) => ({ isNil: () => value === undefined, dataUsingEncoding: () => ({ text: value }) }),
      {
        exit: (code: number) => void exits.push(code),
        NSMakeRect: (...sides: readonly number[]) => sides,
        NSApplication: { sharedApplication: remember("app") },
        NSString: { alloc: { initWithDataEncoding: ({ text }: { text: string }) => ({ js: text }) } },
        NSFileHandle: {
          fileHandleWithStandardInput: Object.defineProperty(anything({}), "availableData", {
            get: () => ({ length: String(arrived.length), text: arrived }),
          }),
          fileHandleWithStandardOutput: {
            writeData: ({ text }: { text: string }) => void written.push(text),
          },
        },
        NSNotificationCenter: { defaultCenter: anything({}) },
        ProgressWindowEvents: { alloc: { init: { events: true } } },
        ...Object.fromEntries(
          ["NSWindow", "NSTextField", "NSProgressIndicator", "NSImageView", "NSImage", "NSButton"].map((name) => [
            name,
            { alloc: anything({}, () => remember(name, { contentView: anything({}) })) },
          ]),
        ),
      },
    );
    const ObjC = {
      import: () => undefined,
      registerSubclass: (spec: { methods: typeof methods }) => void (methods = spec.methods),
    };
    const script = new Script(`(function ($, ObjC, argv) { ${scripts.PROGRESS_SCRIPT}; run(argv); })`);
    (script.runInThisContext() as (...values: readonly unknown[]) => void)($, ObjC, [JSON.stringify(options)]);
    return {
      made,
      written,
      exits,
      call: (method: string) => methods[method]!.implementation(),
      receive: (text: string) => {
        arrived = text;
        methods["dataArrived:"]!.implementation();
      },
    };
  }

  /** An object with any method one may call on it. */
  function anything(values: object, method: () => unknown = () => undefined): Record<string, unknown> {
    return new Proxy(values as Record<string, unknown>, {
      get: (target, name) => (name in target ? Reflect.get(target, name) : method),
    });
  }

  test("builds a window with a bar that moves by itself, and no button", () => {
    const { made } = runScript(APP);
    expect(made["NSWindow"]?.["title"]).toBe(APP.title);
    expect(made["NSTextField"]?.["stringValue"]).toBe(APP.text);
    expect(made["NSProgressIndicator"]?.["indeterminate"]).toBe(true);
    expect(made["NSButton"]).toBeUndefined();
  });

  test("shows the last of the lines that arrived, also when one arrives in pieces", () => {
    const { made, receive } = runScript(APP);
    receive('{"text":"one","share":0.1}\n{"text":"two","share":0.25}\n{"text":"th');
    expect(made["NSTextField"]?.["stringValue"]).toBe("two");
    expect(made["NSProgressIndicator"]).toMatchObject({ indeterminate: false, doubleValue: 0.25 });
    receive('ree","share":null}\n');
    expect(made["NSTextField"]?.["stringValue"]).toBe("three");
    expect(made["NSProgressIndicator"]?.["indeterminate"]).toBe(true);
  });

  test.each(["skipPressed:", "windowWillClose:"])("%s writes the word and ends", (method) => {
    const { made, written, exits, call } = runScript({ ...APP, skip: "Skip", icon: "/A.icns" });
    expect(made["NSButton"]).toMatchObject({ title: "Skip", action: "skipPressed:", target: { events: true } });
    call(method);
    expect([written, exits]).toEqual([["skip\n"], [0]]);
  });

  test("ends with its input, and with a line that it cannot read", () => {
    const ended = runScript(APP);
    ended.receive("");
    expect(ended.exits[0]).toBe(0);
    const confused = runScript(APP);
    confused.receive("nonsense\n");
    expect(confused.exits).toEqual([1]);
  });
});
