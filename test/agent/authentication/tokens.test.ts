/** Fixed bearer tokens: two during a rotation, each until its lifetime is over, counted from when it was seen first. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { copiesOf } from "../copies.ts";
import { type Harness, type ReleaseShape, startHarness } from "../harness.ts";
import { staff } from "../people.ts";
import { send } from "../request.ts";
import { twinOf, twinWith } from "./twin.ts";

const day = 86_400_000;
const variable = "SCIM_TEST_NEXT_TOKEN";
const next = "the-next-token-of-all";

let time = 0;
let h: Harness;
beforeEach(async () => {
  time = Date.now();
  process.env[variable] = next;
  h = await startHarness([], {}, { clock: () => time });
});
afterEach(async () => {
  delete process.env[variable];
  await h.stop();
});

const reference = `ref+env://${variable}`;
const both = (draft: ReleaseShape) => void draft.secrets["okta-token"].refs.push(reference);
const nextAlone = (draft: ReleaseShape) => {
  draft.secrets["okta-token"].refs = [reference];
};
const statuses = async () => [
  (await h.scim("GET", "/Users")).status,
  (await h.scim("GET", "/Users", undefined, next)).status,
];

test("two tokens live during a rotation, and the withdrawn one ends with the next release", async () => {
  const first = await h.deploy(await h.release());
  expect(await statuses()).toEqual([200, 401]);
  const second = await h.deploy(await h.release(both), first);
  expect(await statuses()).toEqual([200, 200]);
  await h.deploy(await h.release(nextAlone), second);
  expect(await statuses()).toEqual([401, 200]);
});

test("each token is accepted for its lifetime, and a restart or a release makes none younger", async () => {
  const first = await h.deploy(await h.release());
  time += 20 * day;
  const second = await h.deploy(await h.release(both), first);
  time += 10 * day - 1;
  expect(await statuses()).toEqual([200, 200]);
  time += 1;
  const late = await h.scim("GET", "/Users");
  expect(late.status).toBe(401);
  expect(late.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
  expect(late.body.detail).toBe("the bearer token is past its lifetime");
  await h.restart();
  // what was valid once is no guess, and locks nobody out
  for (let i = 0; i < 12; i++) expect((await h.scim("GET", "/Users")).status).toBe(401);
  expect(await statuses()).toEqual([401, 200]);

  // withdrawn and brought back, under another name too
  const third = await h.deploy(await h.release(nextAlone), second);
  await h.deploy(
    await h.release((draft) => {
      both(draft);
      draft.secrets.other = draft.secrets["okta-token"];
      delete draft.secrets["okta-token"];
      draft.variables.SCIM_AUTH_TOKEN.secret = "other";
    }),
    third,
  );
  expect(await statuses()).toEqual([401, 200]);
  time += 20 * day;
  expect(await statuses()).toEqual([401, 401]);
  expect(h.logs.join("")).toContain("past its lifetime");
  for (const token of [next, h.tokens.scim]) expect(h.logs.join("")).not.toContain(token);
});

test("a copy of the store from before makes no token younger that it does not know", async () => {
  const copies = copiesOf(h);
  const first = await h.deploy(await h.release());
  await staff(h, { engineering: ["ada"] });
  await h.restart(() => copies.backUp());
  time += 2 * day;
  await h.deploy(await h.release(both), first);
  time += 2 * day;
  await copies.restore();
  const body = { release: await h.release(both), origin: {}, accept: { from: first, lose: 0 } };
  const accepted = await h.admin("PUT", "/release", { body, headers: { "If-None-Match": "*" } });
  expect(accepted.status).toBe(200);
  time += 26 * day - 1;
  expect(await statuses()).toEqual([200, 200]);
  // nobody knows whether it was seen on the first day after the copy
  time += 1;
  expect(await statuses()).toEqual([401, 401]);
});

test.each(["Bearer Bearer x", "Bearer", "Bearer ", "Basic x", "x", "Bearer a b"])(
  "an Authorization of %j is told to be malformed",
  async (authorization) => {
    await h.deploy(await h.release());
    const url = `${h.agent.scim}/scim/okta/v2/Users`;
    const { status, text } = await send(url, { headers: { Authorization: authorization }, ca: h.ca });
    expect([status, JSON.parse(text).detail]).toEqual([401, expect.stringContaining("is malformed")]);
  },
);

test("whoever has to replace a token is told in time, and never the token", async () => {
  const first = await h.deploy(await h.release());
  const seen = time;
  time += 17 * day;
  await h.deploy(await h.release(both), first);
  const list = async () => (await h.admin("GET", "/tokens", { token: h.tokens.reader })).body.tokens;
  const [old, fresh] = [
    { connector: "okta", since: seen, expires: seen + 30 * day, lastUsed: null },
    { connector: "okta", since: time, expires: time + 30 * day, lastUsed: null },
  ];
  expect(await list()).toEqual([
    { ...old, valid: true },
    { ...fresh, valid: true },
  ]);
  const told = () => h.logs.filter((line) => /"msg":"a bearer token (ends|is past)/.test(line));
  expect(told().map((line) => JSON.parse(line).msg)).toEqual([
    "a bearer token ends in 13 d: replace it before",
  ]);
  time += 13 * day;
  expect(await list()).toEqual([
    { ...old, valid: false },
    { ...fresh, valid: true },
  ]);
  await h.restart();
  expect(JSON.parse(told().at(-1) ?? "")).toMatchObject({
    connector: "okta",
    expires: new Date(old.expires).toISOString(),
    msg: "a bearer token is past its lifetime: it is refused",
  });
});

test.each([
  ["a scheme before it", "Bearer a-token-that-is-long-enough", "other characters that no header carries"],
  ["a letter of another alphabet", "ein-tökén-das-lang-genug-ist", "other characters that no header carries"],
  ["no length", "0123456789abcde", "is too short to be safe (expected 16 characters or more)"],
])("a token with %s is refused with its release, and not repeated", async (_, value, reason) => {
  process.env[variable] = value;
  const refused = await h.admin("PUT", "/release", {
    body: { release: await h.release(both), origin: {} },
    headers: { "If-None-Match": "*" },
  });
  expect([refused.status, refused.body.error.problems]).toEqual([
    422,
    [expect.stringContaining(`secrets.okta-token.refs.1: the value `)],
  ]);
  expect(refused.body.error.problems[0]).toContain(reason);
  expect(JSON.stringify(refused.body) + h.logs.join("")).not.toContain(value);
});

const isAlso = (connector: string, other: string) =>
  `connectors.${connector}.auth.bearer: the token is also that of connector ${other} (expected one of its own)`;
const opens = (what: string) =>
  expect.stringMatching(
    `^connectors\\.twin\\.auth\\.bearer: ${what} opens connector "okta" too \\(expected one of its own\\)$`,
  );
test.each<[how: string, edit: (draft: ReleaseShape) => void, code: string, problems: readonly unknown[]]>([
  [
    "in two secrets",
    (draft) => twinWith(draft, draft.secrets["okta-token"].refs),
    "releaseInvalid",
    [opens("ref\\+env://SCIM_TEST_[0-9A-F]+")],
  ],
  ["in one secret of both", twinOf("okta-token"), "releaseInvalid", [opens('secret "okta-token"')]],
  [
    "the next one of the one and the present one of the other",
    (draft) => {
      both(draft);
      twinWith(draft, [reference]);
    },
    "releaseInvalid",
    [opens(reference.replace("+", "\\+"))],
  ],
  [
    "at two references",
    (draft) => {
      both(draft);
      process.env.SCIM_TEST_OTHER_TOKEN = next;
      twinWith(draft, ["ref+env://SCIM_TEST_OTHER_TOKEN"]);
    },
    "secretUnusable",
    [isAlso("okta", "twin"), isAlso("twin", "okta")],
  ],
])("a token of two connectors is refused with its release: %s", async (_, edit, code, problems) => {
  const refused = await h.admin("PUT", "/release", {
    body: { release: await h.release(edit), origin: {} },
    headers: { "If-None-Match": "*" },
  });
  delete process.env.SCIM_TEST_OTHER_TOKEN;
  expect(refused).toMatchObject({ status: 422, body: { error: { code, problems } } });
});

test("two connectors with a token each are served, each by its own", async () => {
  await h.deploy(await h.release((draft) => twinWith(draft, [reference])));
  const twinAddress = `${h.agent.scim}/scim/twin/v2/Users`;
  const asked = (token: string) =>
    send(twinAddress, { headers: { Authorization: `Bearer ${token}` }, ca: h.ca });
  expect((await asked(next)).status).toBe(200);
  expect((await asked(h.tokens.scim)).status).toBe(401);
  expect(await statuses()).toEqual([200, 401]);
});

test("without a lifetime a token does not end", async () => {
  await h.deploy(
    await h.release((draft) => {
      delete draft.secrets["okta-token"].lifetime;
    }),
  );
  time += 4_000 * day;
  expect(await statuses()).toEqual([200, 401]);
});

test("no token at all is no wrong token", async () => {
  await h.deploy(await h.release());
  const reply = await h.scim("GET", "/Users", undefined, "");
  expect(reply.status).toBe(401);
  expect(reply.headers.get("www-authenticate")).toBe("Bearer");
});

test("what allow does not name is beyond a token's scope", async () => {
  await h.deploy(
    await h.release((draft) => {
      draft.connectors.okta.auth.allow = ["groups"];
    }),
  );
  expect((await h.scim("GET", "/Groups")).status).toBe(200);
  const reply = await h.scim("GET", "/Users");
  expect(reply.status).toBe(403);
  expect(reply.headers.get("www-authenticate")).toBe('Bearer error="insufficient_scope"');
});
