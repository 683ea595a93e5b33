/**
 * What is said of a name in a message: `unknown key "ipd"`. A name that does not look like one is not repeated: where a
 * space or a quote is missing, a secret can stand in its place.
 */
export function named(what: string, name: string): string {
  return /^[\p{L}\d_][\p{L}\d_./-]{0,79}$/u.test(name) ? `${what} "${name}"` : what;
}

/** The name before a colon without a space behind it, which made one key of a name and its value. */
export function beforeColon(key: string): string | undefined {
  return /^([A-Za-z][\w-]{0,39}):\S/.exec(key)?.[1];
}
