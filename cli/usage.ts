/** A command was not given what it needs: the sentence is printed with its usage, and the exit code is 2. */
export class UsageError extends Error {}
