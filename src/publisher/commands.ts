import { AppError } from "../errors.ts";
import type { Command } from "./command.ts";
import { didYouMean } from "./didYouMean.ts";

type Load = () => Promise<Command>;

/** Every command, in the order in which the list shows them. Each is loaded when it is called. */
const GROUPS: readonly (readonly [title: string, commands: Readonly<Record<string, Load>>])[] = [
  [
    "publish",
    {
      push: async () => (await import("./commands/push.ts")).push,
      build: async () => (await import("./commands/build.ts")).build,
      link: async () => (await import("./commands/link.ts")).link,
      page: async () => (await import("./commands/page.ts")).page,
      doctor: async () => (await import("./commands/doctor.ts")).doctor,
    },
  ],
  [
    "sign",
    {
      keygen: async () => (await import("./commands/keygen.ts")).keygen,
      sign: async () => (await import("./commands/sign.ts")).sign,
      verify: async () => (await import("./commands/verify.ts")).verify,
      rotate: async () => (await import("./commands/rotate.ts")).rotate,
    },
  ],
  [
    "release",
    {
      promote: async () => (await import("./commands/promote.ts")).promote,
      rollout: async () => (await import("./commands/rollout.ts")).rollout,
      yank: async () => (await import("./commands/yank.ts")).yank,
      channel: async () => (await import("./commands/channel.ts")).channel,
    },
  ],
  [
    "look",
    {
      ls: async () => (await import("./commands/ls.ts")).ls,
      tags: async () => (await import("./commands/tags.ts")).tags,
      inspect: async () => (await import("./commands/inspect.ts")).inspect,
      manifest: async () => (await import("./commands/manifest.ts")).manifest,
      blob: async () => (await import("./commands/blob.ts")).blob,
    },
  ],
  [
    "move",
    {
      pull: async () => (await import("./commands/pull.ts")).pull,
      copy: async () => (await import("./commands/copy.ts")).copy,
    },
  ],
  [
    "run",
    {
      login: async () => (await import("./commands/login.ts")).login,
      logout: async () => (await import("./commands/logout.ts")).logout,
      serve: async () => (await import("./commands/serve.ts")).serve,
      registry: async () => (await import("./commands/registry.ts")).registry,
      completion: async () => (await import("./commands/completion.ts")).completion,
    },
  ],
];

const LOADERS: ReadonlyMap<string, Load> = new Map(GROUPS.flatMap(([, commands]) => Object.entries(commands)));

/** @throws AppError `usage` with what was probably meant. */
export async function findCommand(name: string): Promise<Command> {
  const load = LOADERS.get(name);
  if (load !== undefined) return await load();
  throw new AppError("usage", `there is no command ${JSON.stringify(name)}`, {
    hint: `${didYouMean(name, [...LOADERS.keys()]) ?? `Commands: ${[...LOADERS.keys()].join(", ")}.`} See: slipway help`,
  });
}

export interface CommandGroup {
  readonly title: string;
  readonly commands: readonly Command[];
}

export async function loadCommands(): Promise<CommandGroup[]> {
  return await Promise.all(
    GROUPS.map(async ([title, commands]) => ({
      title,
      commands: await Promise.all(Object.values(commands).map(async (load) => await load())),
    })),
  );
}
