import fc from "fast-check";
import { expect, test } from "vitest";
import { describeDuration } from "../../report/duration.ts";

test.each([
  [90_000, "1 min 30 s"],
  [1_800_000, "30 min"],
  [86_400_000, "1 d"],
  [604_800_000, "7 d"],
  [90_000_000, "1 d 1 h"],
  [0, "0 s"],
])("%i ms", (span, words) => {
  expect(describeDuration(span)).toBe(words);
});

test("words leave out less than an hour, and count a begun second whole", () => {
  const units = { d: 86_400_000, h: 3_600_000, min: 60_000, s: 1_000 };
  fc.assert(
    fc.property(fc.nat({ max: 40 * 86_400_000 }), (span) => {
      const words = describeDuration(span).matchAll(/(\d+) (d|h|min|s)/g);
      const told = [...words].map(([, count, unit]) => Number(count) * units[unit as keyof typeof units]);
      const sum = told.reduce((total, part) => total + part, 0);
      // less by what the two largest units leave out, at most
      expect(told.length).toBeLessThanOrEqual(2);
      expect(sum).toBeLessThanOrEqual(Math.ceil(span / 1000) * 1000);
      expect(span - sum).toBeLessThan(units.h);
    }),
  );
});
