/** Repositories that are not there now, in words. */
import { expect, test } from "vitest";
import { describeImpact } from "../../report/impact.ts";

const change = { account: "ada", before: "write", after: null } as const;

test("the plan names those that count though they are not there", () => {
  const changes = ["core/api", "core/my web"].map((repository) => ({ ...change, repository }));
  expect(describeImpact({ changes, gone: ["core/api"] })).toEqual({
    summary: "1 account loses all access to 2 repositories",
    lines: [
      'ada loses all access to core/api, "core/my web"',
      "core/api is not there now, and counts as when it was: is a volume not mounted?",
    ],
  });
  expect(describeImpact({ changes, gone: ["core/api", "core/my web"] }).lines[1]).toBe(
    'core/api, "core/my web" are not there now, and count as when they were: is a volume not mounted?',
  );
  expect(describeImpact({ changes, gone: [] }).lines).toHaveLength(1);
});
