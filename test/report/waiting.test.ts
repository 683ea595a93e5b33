/** Who does not get an account, as plans tell it. */
import { expect, test } from "vitest";
import { withheldDiagnostics } from "../../provider/diagnostics.ts";
import { describeWaiting } from "../../report/impact.ts";

const owner = { connector: "okta", user: "2f1c", account: "ann", because: "owner" } as const;
const identity = { connector: "okta", user: "9d0e", because: "identity" } as const;

test("each user is told with the account where there is one, why, and what to do", () => {
  expect(describeWaiting({ withheld: [] }, "production")).toEqual([]);
  expect(describeWaiting({ withheld: [owner, identity] }, "production")).toEqual([
    "user okta/2f1c does not get account ann: it belongs to another identity",
    "user okta/9d0e does not get an account: the user has another externalId than was known, and may be another person",
    "an approver says whose an account is, once the release is active: hgscim owners production --withheld",
  ]);
});

test("a plan with thousands of them stays readable, and still says what to do", () => {
  const withheld = Array.from({ length: 1000 }, (_, index) => ({ ...identity, user: `u${index}` }));
  const [diagnostic, ...others] = withheldDiagnostics("production", { withheld });
  expect(others).toEqual([]);
  expect(diagnostic).toMatchObject({
    severity: "warning",
    summary: "production: 1000 users do not get their accounts",
  });
  expect(diagnostic?.detail?.split("\n")).toHaveLength(43);
  expect(diagnostic?.detail).toContain("\n  and 960 more\n");
  expect(diagnostic?.detail).toMatch(/\n\nAn approver says .* hgscim owners production --withheld\.$/);
  expect(withheldDiagnostics("production", { withheld: [] })).toEqual([]);
});
