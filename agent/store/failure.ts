/** The store fails under whoever reads or writes it: a disk that is full or broken, a table that somebody has taken out. */

/** What a client is told then; undefined for any other error. */
export function describeStoreFailure(error: unknown): string | undefined {
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" && code.startsWith("SQLITE_")
    ? "the store cannot be read now; the agent's log says why"
    : undefined;
}
