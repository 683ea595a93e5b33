/** Tells why a command did nothing, and that it did nothing; returns its exit code. */
export function refuse(reasons: readonly string[]): number {
  process.stderr.write([...reasons, "Nothing was changed.", ""].join("\n"));
  return 1;
}
