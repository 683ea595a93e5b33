/** No value of a user reaches whoever may only ask what a release would do, nor the log, nor the audit's reasons. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, type ReleaseShape, startHarness } from "../harness.ts";

let h: Harness;
let digest: string;
beforeEach(async () => {
  h = await startHarness(["core/a", "docs"]);
  digest = await h.deploy(await h.release());
});
afterEach(() => h.stop());

const secret = "s3cret-of-ann";
const nick = 'user.?nickName.orValue("")';

async function join(userName: string, more: object = {}): Promise<string> {
  const created = await h.scim("POST", "/Users", { userName, externalId: userName, active: true, ...more });
  expect(created.status).toBe(201);
  return created.body.id;
}

async function impactOf(edit: (release: ReleaseShape) => void) {
  const reply = await h.admin("POST", "/impact", {
    token: h.tokens.reader,
    body: { release: await h.release(edit) },
  });
  expect(reply.status).toBe(200);
  expect(JSON.stringify(reply.body)).not.toContain("cret-of");
  return reply.body;
}

test.each([
  ["a mapping that prints it", (r: ReleaseShape) => (r.connectors.okta.mapping.account = `"! " + ${nick}`)],
  [
    "a mapping that converts it",
    (r: ReleaseShape) => (r.connectors.okta.mapping.account = `string(bool(${nick}))`),
  ],
  [
    "a scope that converts it",
    (r: ReleaseShape) => (r.connectors.okta.scope = `duration(${nick}) > duration("1s")`),
  ],
  [
    "an e-mail that looks it up",
    (r: ReleaseShape) => (r.connectors.okta.mapping.email = `string(int(${nick}))`),
  ],
])("failures of an impact: %s", async (_, edit) => {
  const id = await join("ann@example.com", { nickName: secret });
  const { failures } = await impactOf(edit);
  expect(failures).toEqual([expect.stringMatching(new RegExp(`^user okta/${id} \\(account ann\\): `))]);
  // an activation tells the same, and the audit and the log repeat it
  const refused = await h.admin("PUT", "/release", {
    body: { release: await h.release(edit), origin: {} },
    headers: { "If-Match": `"${digest}"` },
  });
  expect([refused.status, refused.body.error.code]).toEqual([422, "peopleDoNotFit"]);
  const audit = await h.admin("GET", "/audit", { token: h.tokens.reader });
  for (const text of [JSON.stringify(refused.body), JSON.stringify(audit.body), h.logs.join("")])
    expect(text).not.toContain("cret-of");
});

test("an account that a release would make of an attribute is shown by its resource", async () => {
  const ann = await join("ann@example.com", { nickName: secret });
  const bob = await join("bob@example.com", { nickName: `${secret}2` });
  const group = { displayName: "engineering", members: [{ value: ann }, { value: bob }] };
  expect((await h.scim("POST", "/Groups", group)).status).toBe(201);
  const { changes, lose, gain } = await impactOf((release) => {
    release.connectors.okta.mapping.account = nick;
  });
  expect([lose, gain]).toEqual([2, 2]);
  const gaining = changes.filter(({ before }: { before: string | null }) => before === null);
  const shown = gaining.map(({ account }: { account: string }) => account);
  expect(new Set(shown)).toEqual(new Set([`okta/${ann}`, `okta/${bob}`]));
  // nor does their order tell which name comes first
  for (const at of [0, 2]) expect(shown.slice(at, at + 2)).toEqual(shown.slice(at, at + 2).sort());
  const losing = changes.filter(({ after }: { after: string | null }) => after === null);
  expect(losing.map(({ account }: { account: string }) => account)).toEqual(["ann", "bob", "ann", "bob"]);
});

test("two users of one new name are told without it", async () => {
  await join("ann@example.com", { nickName: secret });
  await join("bob@example.com", { nickName: secret });
  const { failures } = await impactOf((release) => {
    release.connectors.okta.mapping.account = nick;
  });
  expect(failures).toEqual([
    expect.stringMatching(/^user okta\/\S+ \(account bob\): its account belongs to another user/),
  ]);
});

test("a write that a constraint refuses tells the rule and no value", async () => {
  await h.deploy(
    await h.release((release) => {
      Object.assign(release.constraints, {
        names: { values: { of: "userName", pattern: "[a-z]+@example.com" }, otherwise: "reject" },
        number: { require: `int(${nick}) > 0`, otherwise: "reject" },
      });
    }),
    digest,
  );
  const reply = await h.scim("POST", "/Users", { userName: "S3cret-of@x", nickName: secret });
  for (const told of [
    "constraint names: the userName does not match [a-z]+@example.com",
    "constraint number: it could not be evaluated: int() of text that is no whole number",
  ])
    expect(reply.body.detail).toContain(told);
  const audit = await h.admin("GET", "/audit?last=1", { token: h.tokens.reader });
  for (const text of [JSON.stringify(audit.body), h.logs.join("")]) expect(text).not.toContain("cret-of");
});

const emails = Array.from({ length: 900 }, (_, i) => ({ value: `${i}@example.com` }));
const pairs = `user.?emails.orValue([]).all(a, user.?emails.orValue([]).all(b, has(a.value) || has(b.value)))`;

const constrain = (otherwise: string) => (r: ReleaseShape) => {
  r.constraints.pairs = { require: `${pairs} || true`, otherwise };
};

test.each<[string, string, (release: ReleaseShape) => void]>([
  ["scope", "reject", (r) => (r.connectors.okta.scope = pairs)],
  ["mapping", "reject", (r) => (r.connectors.okta.mapping.account = `${pairs} ? "a" : "b"`)],
  ["constraint pairs", "reject", constrain("reject")],
  ["constraint pairs", "warn", constrain("warn")],
])("a write over the step budget fails: %s, %s", async (part, _, edit) => {
  await h.deploy(await h.release(edit), digest);
  const body = { userName: "ann@example.com", externalId: "1", active: true };
  const refused = await h.scim("POST", "/Users", { ...body, emails });
  expect([refused.status, refused.body.scimType]).toEqual([400, "invalidValue"]);
  expect(refused.body.detail).toContain(part);
  expect(refused.body.detail).toContain("it takes more than 500000 steps for this user");
  const [row] = (await h.admin("GET", "/audit?last=1")).body.rows;
  expect(row).toMatchObject({ outcome: "refused", code: "overBudget" });
  // a leaver is out all the same
  const id = await join("ann@example.com");
  const left = await h.scim("PUT", `/Users/${id}`, { ...body, active: false, emails });
  expect(left.status).toBe(200);
  expect(h.accessFile().accounts).toEqual(expect.arrayContaining([expect.stringMatching(/,0$/)]));
});

test("a release whose evaluation is over the budget for somebody is refused", async () => {
  const id = await join("ann@example.com", { emails });
  const { failures } = await impactOf((release) => {
    release.connectors.okta.scope = pairs;
  });
  expect(failures).toEqual([
    `user okta/${id} (account ann): scope of connector okta: it takes more than 500000 steps for this user, the most that one evaluation may`,
  ]);
});

test("three macros in each other are refused as a release, too", async () => {
  const list = "user.?emails.orValue([])";
  const { failures } = await impactOf((release) => {
    release.connectors.okta.scope = `${list}.all(a, ${list}.all(b, ${list}.all(c, true)))`;
  });
  expect(failures).toEqual([expect.stringContaining("all() within 2 others, which multiply")]);
});
