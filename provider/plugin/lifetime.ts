/** When the process ends: with Terraform, and never by itself before that. */
import { log } from "./log.ts";

const LOOK_FOR_PARENT_EVERY_MS = 1000;

/**
 * Ends the process when Terraform is gone, however it went; handlers of `exit` still run.
 *
 * Terraform alone decides when an interrupt from the keyboard ends the provider, which is why it is not obeyed here
 * (go-plugin does the same). What nobody caught ends the process: the call in which it arose may never be answered, and
 * Terraform would wait for it.
 */
export function endWithParent(): void {
  const parent = process.ppid;
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(0));
  process.on("uncaughtException", (error) => {
    log("error", `uncaught: ${error.stack ?? error}`);
    process.exit(1);
  });
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => process.exit(0));
  setInterval(() => {
    if (process.ppid !== parent) process.exit(0);
  }, LOOK_FOR_PARENT_EVERY_MS);
}
