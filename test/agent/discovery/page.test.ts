/** docs/scim.md: its figures are those of the code. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { longestKey } from "../../../agent/directory/lists/order.ts";
import { largestPage } from "../../../agent/directory/lists/page.ts";
import { refused } from "../../../agent/operations/outcome.ts";
import { maxSearchBytes } from "../../../agent/scim/list.ts";
import { answerOf } from "../../../agent/scim/refusal.ts";
import type { scimCodes } from "../../../api/codes.ts";
import { maxListComparisons } from "../../../scim/filter/list-filter.ts";
import { maxFilterDepth, maxFilterLength } from "../../../scim/filter/parse.ts";
import { maxValueComparisons } from "../../../scim/filter/value-filter.ts";
import { maxBodyBytes } from "../../../scim/json.ts";
import { maxGroupOperations, maxUserOperations } from "../../../scim/patch/patch.ts";
import { maxNameLength, maxUserBodyBytes, maxUserBytes } from "../../../scim/resource.ts";
import { maxDepth, maxNames } from "../../../scim/shape.ts";
import { maxValues } from "../../../scim/value.ts";

const page = readFileSync("docs/scim.md", "utf8");
const mebibytes = (bytes: number) => `${bytes / 1024 / 1024} MiB`;

test.each([
  ["the body of a user", mebibytes(maxUserBodyBytes)],
  ["a user as it is stored", `${maxUserBytes / 1024} KiB`],
  ["`userName`, `displayName`, `externalId`", `${maxNameLength.toLocaleString("en-US")} characters`],
  ["the resources of one page, but for its first", mebibytes(largestPage)],
  ["the body of a group", mebibytes(maxBodyBytes)],
  ["objects and arrays in each other", `${maxDepth} levels`],
  ["names in one object", maxNames.toLocaleString("en-US")],
  ["operations in a PATCH of a user", maxUserOperations.toLocaleString("en-US")],
  ["operations in a PATCH of a group", maxGroupOperations.toLocaleString("en-US")],
  ["values of one attribute", maxValues.toLocaleString("en-US")],
  ["a filter or path", `${maxFilterLength.toLocaleString("en-US")} characters`],
  ["parentheses and `not` in each other in a filter", `${maxFilterDepth} levels`],
  ["comparisons in the filter of a list", String(maxListComparisons)],
  ["comparisons in the filter of a path, as in `emails[…]`", String(maxValueComparisons)],
  ["the body of a `.search`", `${maxSearchBytes / 1024} KiB`],
  ["characters by which a list is sorted, where no column has the attribute", String(longestKey)],
])("%s: at most %s", (what, limit) => {
  expect(page).toContain(`| ${what} | ${limit} |`);
});

test("each scimType that it names has the status that it says", () => {
  const rows = [...page.matchAll(/^\| (\d{3}) \| (`.+?`) \|/gm)];
  expect(rows.length).toBeGreaterThan(5);
  for (const [, status, types = ""] of rows)
    for (const [, type] of types.matchAll(/`(\w+)`/g))
      expect(answerOf(refused(type as keyof typeof scimCodes, ""))).toMatchObject({
        status: Number(status),
        scimType: type,
      });
});
