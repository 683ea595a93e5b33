/** Refusals as SCIM's HTTP words them. */
import { describe, expect, it, test } from "vitest";
import { refused } from "../../agent/operations/outcome.ts";
import { answerOf, errorBody, scimRefusal } from "../../agent/scim/refusal.ts";
import { scimCodes } from "../../api/codes.ts";

describe("errorBody", () => {
  it("has the form of RFC 7644, section 3.12", () => {
    const schemas = ["urn:ietf:params:scim:api:messages:2.0:Error"];
    expect(errorBody(answerOf(refused("uniqueness", "taken")))).toEqual({
      schemas,
      status: "409",
      scimType: "uniqueness",
      detail: "taken",
    });
    expect(errorBody(scimRefusal(404, "there is no user 17"))).toEqual({
      schemas,
      status: "404",
      detail: "there is no user 17",
    });
  });
});

test("every code with which an operation of SCIM is refused has a status", () => {
  for (const code of Object.keys(scimCodes) as (keyof typeof scimCodes)[])
    expect(answerOf(refused(code, "")).status).toBeGreaterThanOrEqual(400);
});
