/** Long work in the agent's own thread, in slices: requests and signals have their turn between them. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Milliseconds } from "../../model/time.ts";

const longestSlice: Milliseconds = 20;

/** Goes through items, letting others have their turn as soon as a slice is over. */
export async function* inSlices<T>(items: Iterable<T>): AsyncGenerator<T> {
  let began = performance.now();
  for (const item of items) {
    yield item;
    if (performance.now() - began < longestSlice) continue;
    await nextTurn();
    began = performance.now();
  }
}
