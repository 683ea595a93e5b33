/** Waits for what comes of something. */
import { setTimeout as sleep } from "node:timers/promises";

/** The first truthy answer; whoever waits for ever is ended by the test's own time. */
export async function until<T>(look: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (;;) {
    const found = await look();
    if (found) return found as NonNullable<T>;
    await sleep(20);
  }
}
