const MAX_DEPTH = 8;

/** An error and what it was caused by, from the outside in. */
export function* causesOf(error: unknown): Generator<Error, undefined> {
  for (let current = error, depth = 0; current instanceof Error && depth < MAX_DEPTH; depth += 1) {
    yield current;
    current = current instanceof AggregateError ? (current.errors[0] ?? current.cause) : current.cause;
  }
  return undefined;
}

/** What happened may be wrapped: the innermost code says it best, or else the outermost message. */
export function causeCode(error: unknown): string {
  let code: string | undefined;
  let said: string | undefined;
  for (const cause of causesOf(error)) {
    if ("code" in cause && typeof cause.code === "string") code = cause.code;
    said ??= cause.name === "TimeoutError" ? cause.name : cause.message;
  }
  return code ?? said ?? "no answer";
}
