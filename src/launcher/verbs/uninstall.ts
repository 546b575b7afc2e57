import { type SettingsWish, uninstall as removeAll } from "../uninstall.ts";
import { defineVerb } from "./verb.ts";

const WISHES: Readonly<Record<string, SettingsWish>> = {
  "--yes": "keep",
  "--keep-settings": "keep",
  "--delete-settings": "delete",
};

export const uninstall = defineVerb({
  usage: "uninstall",
  summary: "take it away; asks about settings, or --keep-settings, --delete-settings, --yes",
  options: Object.keys(WISHES),
  async act({ context, options, session }) {
    const opened = await session();
    // Nothing is downloaded here.
    opened.progress.close();
    const wishes = options.map((option) => WISHES[option]);
    const result = await removeAll(opened, wishes.includes("delete") ? "delete" : (wishes[0] ?? "ask"));
    const sentence = opened.messages.uninstalled(context.installer.name);
    if (opened.windowed) opened.say(sentence);
    return { ...result, sentence };
  },
  format: ({ sentence }) => sentence,
});
