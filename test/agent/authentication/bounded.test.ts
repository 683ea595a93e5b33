/** What counts where guesses come from does not grow with the number of places. */
import { expect, test } from "vitest";
import { BoundedMap } from "../../../agent/authentication/bounded.ts";

test("beyond its size, what was set longest ago goes", () => {
  const map = new BoundedMap<number>(3);
  for (const key of ["a", "b", "c"]) map.set(key, 1);
  map.set("a", 2);
  for (const key of ["d", "e"]) map.set(key, 1);
  expect(["a", "b", "c", "d", "e"].map((key) => map.get(key))).toEqual([2, undefined, undefined, 1, 1]);
});
