/** The kinds that judge a user who would have an account. */
import { describe, expect, test } from "vitest";
import { reasonOf, writing } from "./judging.ts";

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const hr = "urn:example:hr:2.0:User";

describe("require", () => {
  const require = 'user.userName.endsWith("@" + vars.SCIM_MAIL_DOMAIN)';
  test.each([
    ["ada@example.com", undefined],
    ["ada@evil.example", `it must hold that ${require}`],
  ])("%s", async (userName, reason) => {
    expect(await reasonOf({ require }, writing({ userName }))).toBe(reason);
  });

  test("what cannot be evaluated does not hold", async () => {
    const change = writing({ title: "x" });
    const failing = 'int(user.?title.orValue("0")) > 3';
    expect(await reasonOf({ require: failing }, change)).toMatch(/^it could not be evaluated: /);
    expect(await reasonOf({ require: "true", when: failing }, change)).toMatch(
      /^it could not be evaluated: /,
    );
  });
});

describe("attributes", () => {
  test.each<[attributes: string[], user: object, reason: string | undefined]>([
    [["userName"], {}, undefined],
    [["name.familyName"], { name: { familyName: "Lovelace" } }, undefined],
    [["name.familyName", "title"], { name: { givenName: "Ada" } }, "name.familyName, title is missing"],
    [["title"], { title: "" }, "title is missing"],
    [["emails"], { emails: [] }, "emails is missing"],
    [["emails.value"], { emails: [{ type: "work" }, { value: "ada@example.com" }] }, undefined],
    [["emails.value"], { emails: [{ type: "work" }] }, "emails.value is missing"],
    [["emails.primary"], { emails: [{ primary: false }] }, undefined],
    [["enterprise.department"], { [enterprise]: { department: "R&D" } }, undefined],
    [["enterprise.department"], { department: "R&D" }, "enterprise.department is missing"],
    [["hr.badge"], { [hr]: { badge: "17" } }, undefined],
    [["hr.badge"], { hr: { badge: "17" } }, "hr.badge is missing"],
  ])("%j of %j", async (attributes, user, reason) => {
    expect(await reasonOf({ attributes }, writing(user))).toBe(reason);
  });
});

describe("values", () => {
  type Values = NonNullable<Parameters<typeof reasonOf>[0]["values"]>;
  test.each<[values: Values, value: string, reason: string | undefined]>([
    [{ of: "account", pattern: "[a-z]+" }, "ada", undefined],
    // the whole value, not a part of it
    [{ of: "account", pattern: "[a-z]+" }, "ada2", "the account does not match [a-z]+"],
    [{ of: "account", pattern: "a|ada" }, "ada", undefined],
    [{ of: "userName", pattern: "ada" }, "ada\nroot", "the userName does not match ada"],
    [{ of: "account", reserved: ["Root"] }, "root", "the account is reserved"],
    [{ of: "account", reserved: ["root"] }, "roots", undefined],
    [{ of: "userName", reserved: ["Root"] }, "ｒoot ", "the userName is reserved"],
    // nothing is allowed that only compares as what is
    [{ of: "email", domains: ["work.com"] }, "ada@wor\u212a.com", "the email is not of work.com"],
    [{ of: "email", domains: ["Example.com"] }, "ada@EXAMPLE.com", undefined],
    [{ of: "email", domains: ["example.com"] }, "ada@sub.example.com", "the email is not of example.com"],
    [
      { of: "email", domains: ["example.com"] },
      "a@example.com@evil.example",
      "the email is not of example.com",
    ],
    [{ of: "userName", domains: ["a.com", "b.com"] }, "ada", "the userName is not of a.com or b.com"],
  ])("%j of %j", async (values, value, reason) => {
    const change = writing({ userName: value }, { account: { name: value, email: value } });
    expect(await reasonOf({ values }, change)).toBe(reason);
  });

  test("an email that nobody has does not match", async () => {
    expect(await reasonOf({ values: { of: "email", reserved: ["x"] } }, writing({}))).toBe(
      "there is no email",
    );
  });
});

describe("before and after", () => {
  const frozen = { before: 'user.?userType.orValue("") != "frozen"' };
  const update = (before: object) =>
    writing({}, { operations: ["user.update"], before: { userName: "ada", active: true, ...before } });

  test("before looks at the user as it was stored", async () => {
    expect(await reasonOf(frozen, update({ userType: "frozen" }))).toMatch(/^it must hold that /);
    expect(await reasonOf(frozen, update({}))).toBeUndefined();
    expect(await reasonOf(frozen, writing({ userType: "frozen" }))).toBeUndefined();
  });

  test("after looks at the user, the account and its groups as they would become", async () => {
    const titled = { after: '!("okta/a" in account.groups) || has(user.title)' };
    const groups = new Set(["okta/a"]);
    expect(await reasonOf(titled, writing({ title: "x" }, { groups }))).toBeUndefined();
    expect(await reasonOf(titled, writing({}))).toBeUndefined();
    expect(await reasonOf(titled, writing({}, { groups }))).toMatch(/^it must hold that /);
    // with several who join, it says who
    expect(await reasonOf(titled, writing({}, { operations: ["member.add"], groups }))).toMatch(
      /^ada: it must hold that /,
    );
    const named = { after: 'account.name == "ada" && account.?email.orValue("") == ""' };
    expect(await reasonOf(named, writing({}))).toBeUndefined();
    const change = writing({}, { account: { name: "ada", email: "ada@example.com" } });
    expect(await reasonOf(named, change)).toMatch(/^it must hold that /);
  });
});

describe("which writes are judged", () => {
  const never = { require: "false" };
  test.each<[Parameters<typeof reasonOf>[0], judged: string[]]>([
    [never, ["user.create", "user.update"]],
    [{ ...never, on: ["user.create"] }, ["user.create"]],
    [{ ...never, on: ["member.add", "user.update"] }, ["user.update", "member.add"]],
    [{ attributes: ["title"] }, ["user.create"]],
    [{ values: { of: "account", reserved: ["ada"] } }, ["user.create", "user.update"]],
    [{ before: "false" }, ["user.update"]],
    [{ after: "false" }, ["user.create", "user.update", "member.add"]],
    [{ ...never, when: "has(user.title)" }, []],
    [{ ...never, connectors: ["entra"] }, []],
    [{ ...never, connectors: ["entra", "okta"] }, ["user.create", "user.update"]],
  ])("%j", async (declared, judged) => {
    const found = [];
    for (const operation of ["user.create", "user.update", "member.add"] as const) {
      const before = operation === "user.create" ? undefined : { userName: "ada", active: true };
      if ((await reasonOf(declared, writing({}, { operations: [operation], before }))) !== undefined)
        found.push(operation);
    }
    expect(found).toEqual(judged);
  });
});
