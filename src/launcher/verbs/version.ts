import { VERSION } from "../../version.ts";
import { defineVerb } from "./verb.ts";

export const version = defineVerb({
  usage: "version",
  summary: "of the launcher itself",
  act: async ({ context: { installer, embedded } }) => ({
    id: installer.id,
    launcher: embedded.launcherVersion,
    slipway: VERSION,
  }),
  format: ({ launcher }) => launcher,
});
