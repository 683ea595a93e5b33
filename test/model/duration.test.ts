import fc from "fast-check";
import { expect, test } from "vitest";
import { Duration, describeDuration, milliseconds } from "../../model/duration.ts";

test.each([
  ["90s", 90_000, "1 min 30 s"],
  ["30m", 1_800_000, "30 min"],
  ["24h", 86_400_000, "1 d"],
  ["7d", 604_800_000, "7 d"],
  ["25h", 90_000_000, "1 d 1 h"],
  ["0s", 0, "0 s"],
])("%s", (text, expected, words) => {
  expect(Duration.safeParse(text).success).toBe(true);
  expect(milliseconds(text)).toBe(expected);
  expect(describeDuration(expected)).toBe(words);
});

test.each(["", "24", "h", "1.5h", "-1h", "1 h", "1h30m", "01h", "1w", "1H", "9999999s", 24])(
  "%j is no duration, and what is expected is said",
  (text) => {
    const parsed = Duration.safeParse(text);
    expect(parsed.error?.issues.map(({ message }) => message)).toEqual([
      "not a duration (expected a whole number and its unit s, m, h or d, such as 24h)",
    ]);
  },
);

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
