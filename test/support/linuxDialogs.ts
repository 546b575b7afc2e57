import { openLinuxDialogs } from "../../src/desktop/linux/dialogs.ts";
import { type FakePrograms, openFakePrograms } from "./fakePrograms.ts";

/** Texts that markup, backslashes and shells would change. */
export const APP = { title: "Tom & Jerry", text: String.raw`Installing <Tom & Jerry> in C:\new` };
export const QUESTION = { ...APP, yes: "Remove", no: "Keep" };

/** Dialogs on a display, by these programs alone. */
export function dialogsOf({ path }: Pick<FakePrograms, "path">) {
  return openLinuxDialogs({ PATH: path, DISPLAY: ":0" });
}

export async function withPrograms(...names: readonly string[]): Promise<FakePrograms> {
  const programs = await openFakePrograms();
  for (const name of names) await programs.add(name);
  return programs;
}
