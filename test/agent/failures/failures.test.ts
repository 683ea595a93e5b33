/** Failures in one place, over HTTP: by rule and owner, with whom they concern, and until when they stand. */
import Database from "libsql";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Failure } from "../../../api/contract.ts";
import { constrained } from "../constraints/constrained.ts";
import { type Harness, startHarness } from "../harness.ts";

const start = Date.UTC(2026, 0, 5, 10);
const hour = 3_600_000;
let now: number;
let h: Harness;
beforeEach(async () => {
  now = start;
  h = await startHarness(["core/api", "docs"], {}, { clock: () => now });
});
afterEach(() => h.stop());

const mail = { values: { of: "userName", domains: ["example.com"] }, owner: "identity" };
const list = async (query = ""): Promise<Failure[]> => {
  const reply = await h.admin("GET", `/failures${query}`, { token: h.tokens.reader });
  expect(reply.status).toBe(200);
  return reply.body.failures;
};
const user = (name: string, more: object = {}) => ({
  userName: `${name}@example.com`,
  externalId: name,
  emails: [{ value: `${name}@example.com` }],
  ...more,
});
const wrong = (name: string) => user(name, { userName: `${name}@evil.example` });
const events = () => {
  const database = new Database(`${h.config.data}/store.db`, { readonly: true });
  const rows = database
    .prepare("SELECT kind, connector, rule, owner, subject, summary, detail FROM events")
    .all();
  database.close();
  return rows as Record<string, string>[];
};

test("a rejection is one failure by its rule, with owner and attribute, until a good write of the same person", async () => {
  await h.deploy(await constrained(h, { mail }));
  const refused = await h.scim("POST", "/Users", wrong("ann"));
  expect(refused.status).toBe(400);
  // what the provider's administrator reads names rule and owner
  expect(refused.body.detail).toMatch(/^constraint mail: .* \(owner: identity\)$/);
  now += hour;
  await h.scim("POST", "/Users", wrong("ann"));
  await h.scim("POST", "/Users", wrong("bob"));
  expect(await list()).toEqual([
    expect.objectContaining({
      ...{ connector: "okta", kind: "user", what: "refused", rule: "mail", code: "constraintOnValue" },
      ...{ attribute: "userName", owner: "identity", first: start, last: start + hour },
      ...{ times: 3, people: 2, standing: 2, stands: true, more: false, example: "bob@evil.example" },
      detail: refused.body.detail,
    }),
  ]);

  expect((await h.scim("POST", "/Users", user("ann"))).status).toBe(201);
  expect(await list()).toMatchObject([{ people: 2, standing: 1, stands: true }]);
  expect((await h.scim("POST", "/Users", user("bob", { externalId: undefined }))).status).toBe(201);
  // known by the externalId before, and not by anything now
  expect(await list()).toMatchObject([{ standing: 1 }]);
  const { Resources } = (await h.scim("GET", '/Users?filter=userName eq "bob@example.com"')).body;
  expect((await h.scim("PUT", `/Users/${Resources[0].id}`, user("bob"))).status).toBe(200);
  expect(await list()).toEqual([]);
  expect(await list("?all=true")).toMatchObject([{ people: 2, standing: 0, stands: false, times: 3 }]);
});

test("what is held, warned of, left undone or ignored has its own line", async () => {
  await h.deploy(
    await constrained(h, {
      mail,
      titled: {
        attributes: ["title"],
        on: ["user.create", "user.update"],
        otherwise: "warn",
        owner: "people",
      },
    }),
  );
  const ann = (await h.scim("POST", "/Users", user("ann", { shoeSize: 38 }))).body.id;
  const both = {
    Operations: [
      { op: "replace", path: "active", value: false },
      { op: "replace", path: "emails", value: [{ value: "ann@evil.example", primary: "maybe" }] },
    ],
  };
  expect((await h.scim("PATCH", `/Users/${ann}`, both)).status).toBe(200);
  const lines = (await list()).map(({ what, rule, code, attribute, owner, example }) => [
    ...[what, rule, code, attribute, owner, example],
  ]);
  expect(lines).toEqual([
    ["undone", null, "invalidValue", "emails.primary", null, ann],
    ["ignored", null, null, "shoeSize", null, ann],
    ["warned", "titled", null, "title", "people", ann],
  ]);
  // a write of a part says nothing of what was ignored elsewhere
  const again = { Operations: [{ op: "replace", value: { active: true, title: "Lead" } }] };
  expect((await h.scim("PATCH", `/Users/${ann}`, again)).status).toBe(200);
  expect((await list()).map(({ what }) => what)).toEqual(["ignored"]);
  expect((await h.scim("DELETE", `/Users/${ann}`)).status).toBe(204);
  expect(await list()).toEqual([]);
});

test("an event is raised when a failure begins or comes back, not when it repeats, and its summary names nobody", async () => {
  await h.deploy(await constrained(h, { mail }));
  const before = events().length;
  for (let i = 0; i < 3; i++) await h.scim("POST", "/Users", wrong("ann"));
  const [event, ...more] = events().slice(before);
  expect(more).toEqual([]);
  expect(event).toMatchObject({ kind: "failed", connector: "okta", rule: "mail", owner: "identity" });
  expect(event?.summary).toBe(
    "constraint mail refuses a write of a user by connector okta (userName) (owner: identity) (see hgscim failures)",
  );
  expect(event?.detail).toContain("ann@evil.example");
  await h.scim("POST", "/Users", user("ann"));
  // within the hour nobody hears of it again
  await h.scim("POST", "/Users", wrong("bob"));
  expect(events().length).toBe(before + 1);
  await h.scim("POST", "/Users", user("bob"));
  now += 2 * hour;
  await h.scim("POST", "/Users", wrong("cai"));
  expect(events().slice(before)).toMatchObject([{ subject: event?.subject }, { subject: event?.subject }]);
});

test("a summary says what is ignored, but nothing that is no name of an attribute", async () => {
  await h.deploy(await constrained(h, {}));
  const { id } = (await h.scim("POST", "/Users", user("ann"))).body;
  const before = events().length;
  for (const name of ["shoeSize", "ann@example.com"])
    await h.scim("PUT", `/Users/${id}`, { ...user("ann"), [name]: 1 });
  expect(events().slice(before)).toMatchObject([
    { summary: expect.stringContaining("(shoeSize)") },
    { summary: expect.not.stringContaining("ann@"), detail: expect.stringContaining("ann@example.com") },
  ]);
});

test("it survives a restart, and lapses when nobody meets it for 30 days", async () => {
  await h.deploy(
    await constrained(h, { mail }, (release) => {
      release.secrets["okta-token"].lifetime = "90d";
    }),
  );
  await h.scim("POST", "/Users", wrong("ann"));
  await h.restart();
  expect(await list()).toMatchObject([{ standing: 1 }]);
  now += 31 * 24 * hour;
  expect(await list()).toEqual([]);
  await h.scim("POST", "/Users", wrong("bob"));
  // ann is not failing again by that
  expect(await list()).toMatchObject([{ standing: 1, stands: true, example: "bob@evil.example" }]);
});

test("a provider that sends whatever it likes fills neither the list nor the memory of one failure", async () => {
  await h.deploy(await constrained(h, { mail }));
  const one = (i: number) =>
    h.scim("POST", "/Users", { ...wrong(`user${i}`), userName: `${"x".repeat(900)}${i}@evil.example` });
  for (let i = 0; i < 1_010; i += 101) await Promise.all(Array.from({ length: 101 }, (_, n) => one(i + n)));
  expect(await list()).toMatchObject([{ times: 1_010, people: 1_000, standing: 1_000, more: true }]);

  for (let i = 0; i < 5; i++) {
    const unknown = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`made-up-${i * 50 + n}`, true]));
    await h.scim("POST", "/Users", user(`many${i}`, unknown));
  }
  const failures = await list("?limit=500");
  expect(failures.length).toBeLessThanOrEqual(101);
  // those beyond are counted together
  expect(failures.find(({ what, attribute }) => what === "ignored" && attribute === null)?.times).toBe(151);
});

test("a failure that names nobody is there for a day", async () => {
  await h.deploy(await constrained(h, { mail }));
  await h.scim("PATCH", "/Users/none", { Operations: [{ op: "replace", value: { title: "Lead" } }] });
  await h.scim("POST", "/Users", { externalId: 7 });
  expect((await list()).map(({ code, people, stands }) => [code, people, stands])).toEqual([
    ["invalidValue", 0, true],
    ["notFound", 0, true],
  ]);
  now += 25 * hour;
  expect(await list()).toEqual([]);
});

test("pages are stable, filters are by connector, rule and code, and only a reader asks", async () => {
  await h.deploy(await constrained(h, { mail }));
  for (const attribute of ["one", "two", "three"])
    await h.scim("POST", "/Users", user(attribute, { [`x-${attribute}`]: 1 }));
  await h.scim("POST", "/Users", wrong("ann"));
  const pages: string[] = [];
  for (let before: number | null = 1_000_000; before !== null; ) {
    const { body } = await h.admin("GET", `/failures?limit=3&before=${before}`);
    pages.push(...body.failures.map((failure: Failure) => failure.attribute));
    before = body.next;
  }
  expect(pages).toEqual(["userName", "x-three", "x-two", "x-one"]);
  expect(await list("?rule=mail")).toHaveLength(1);
  expect(await list("?rule=constraintOnValue&connector=okta")).toHaveLength(1);
  expect(await list("?connector=entra")).toEqual([]);
  expect((await h.admin("GET", "/failures?limit=0")).status).toBe(400);
  expect((await h.admin("GET", "/failures?limit=9999")).status).toBe(400);
  expect((await h.admin("GET", "/failures", { token: "nobody" })).status).toBe(401);
});
