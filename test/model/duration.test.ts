import { expect, test } from "vitest";
import { Duration, milliseconds } from "../../model/duration.ts";

test.each([
  ["90s", 90_000],
  ["30m", 1_800_000],
  ["24h", 86_400_000],
  ["7d", 604_800_000],
  ["25h", 90_000_000],
  ["0s", 0],
])("%s", (text, expected) => {
  expect(Duration.safeParse(text).success).toBe(true);
  expect(milliseconds(text)).toBe(expected);
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
