/** What counts guesses does not grow with the number of places that they come from. */
import { expect, test } from "vitest";
import { LockOut } from "../../../agent/authentication/lock-out.ts";

const start = 1_000_000;
const lock = (lockOut: LockOut, place: string) => {
  for (let i = 0; i < 10; i++) lockOut.failed(place, start);
};
const locked = (lockOut: LockOut, places: readonly string[]) =>
  places.filter((place) => lockOut.remaining(place, start) > 0);

test("beyond its size, the place that failed longest ago goes", () => {
  const lockOut = new LockOut(3);
  for (const place of ["a", "b", "c"]) lock(lockOut, place);
  lockOut.failed("a", start);
  for (const place of ["d", "e"]) lock(lockOut, place);
  expect(locked(lockOut, ["a", "b", "c", "d", "e"])).toEqual(["a", "d", "e"]);
});

test("to ask about a place does not keep it", () => {
  const lockOut = new LockOut(3);
  for (const place of ["a", "b", "c"]) {
    lock(lockOut, place);
    lockOut.succeeded(place, "");
  }
  expect(locked(lockOut, ["a"])).toEqual(["a"]);
  expect(lockOut.knows("a", "")).toBe(true);
  lock(lockOut, "d");
  lockOut.succeeded("d", "");
  expect(locked(lockOut, ["a", "b", "c", "d"])).toEqual(["b", "c", "d"]);
  expect(["a", "b", "c", "d"].map((place) => lockOut.knows(place, ""))).toEqual([false, true, true, true]);
});

test("who is let in again is kept, and others go", () => {
  const lockOut = new LockOut(3);
  for (const place of ["a", "b", "c", "a", "d"]) lockOut.succeeded(place, "");
  expect(["a", "b", "c", "d"].map((place) => lockOut.knows(place, ""))).toEqual([true, false, true, true]);
});
