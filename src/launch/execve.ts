// This file is on the launch path.

type Execve = (file: string, args: readonly string[], env: NodeJS.ProcessEnv) => void;

/** The parts of Node's process by which it is replaced. */
export interface ExecveHandle {
  readonly execve?: Execve;
  /** Gives a launcher Node's own modules as well: it is made with `--expose-internals`. */
  readonly getBuiltinModule?: (id: string) => unknown;
  emitWarning?: unknown;
}

/** From Node's `internal/test/binding`. */
interface Internals {
  readonly internalBinding: (name: string) => { readonly execve?: (...args: readonly unknown[]) => void };
}

/**
 * The system call, where this Node gives it, and else `process.execve`, which does the same: it first asks whether it is
 * on the main thread, and loads all of Node's streams and workers to do so, a tenth of a start. Its checks are for null
 * bytes, which neither arguments nor variables can have that came from the system.
 *
 * @returns undefined on a system without.
 */
export function findExecve(handle: ExecveHandle): Execve | undefined {
  if (handle.execve === undefined) return undefined;
  const { emitWarning } = handle;
  // It says that it is internal, which nobody has to be told who sees the program.
  handle.emitWarning = () => undefined;
  try {
    const internals = handle.getBuiltinModule?.("internal/test/binding") as Internals | undefined;
    const call = internals?.internalBinding("process_methods").execve;
    if (call === undefined) return handle.execve.bind(handle);
    return (file, args, env) =>
      call(
        file,
        args,
        Object.entries(env).map(([name, value]) => `${name}=${value}`),
      );
  } finally {
    handle.emitWarning = emitWarning;
  }
}
