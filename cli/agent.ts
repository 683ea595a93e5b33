/** `hgscim agent`: runs the agent, or with `load` tells the one that runs. */

/** Runs the command; returns the exit code. */
export async function run(args: string[]): Promise<number> {
  if (args[0] === "load") return (await import("./agent/load.ts")).run(args.slice(1));
  return (await import("./agent/run.ts")).run(args);
}
