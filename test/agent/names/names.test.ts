/** Names of users and groups as identity providers send them: what is one name, what none is, and what gives access. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { spelt } from "../../../model/name.ts";
import { type Harness, type ReleaseShape, startHarness } from "../harness.ts";

let h: Harness;
beforeAll(async () => {
  h = await startHarness(["core/api"]);
  await h.deploy(
    await h.release((draft: ReleaseShape) => {
      draft.connectors.okta.groups = ["hg-x", "café", "writers", { pattern: "team-*" }];
      draft.permissions = {
        core: { ...draft.permissions.core, read: ["okta/hg-x"], write: ["okta/café"], branches: {} },
      };
    }),
  );
});
afterAll(() => h.stop());

async function create(kind: "Users" | "Groups", body: object): Promise<string> {
  const reply = await h.scim("POST", `/${kind}`, body);
  expect([reply.body.detail, reply.status]).toEqual([undefined, 201]);
  return reply.body.id;
}
const lastAudit = async () => (await h.admin("GET", "/audit?last=1")).body.rows[0].detail;
const find = async (kind: "Users" | "Groups", filter: string) => {
  const { status, body } = await h.scim("GET", `/${kind}?filter=${encodeURIComponent(filter)}`);
  return status === 200 ? body.Resources.map(({ id }: { id: string }) => id) : body.scimType;
};
const patch = (path: string, ...Operations: object[]) => h.scim("PATCH", path, { Operations });

describe.each(["userName", "displayName"] as const)("%s", (attribute) => {
  const [kind, word] =
    attribute === "userName" ? (["Users", "user"] as const) : (["Groups", "group"] as const);
  // an inactive user needs no account, whatever the name
  const body = (name: string) => ({ [attribute]: name, ...(kind === "Users" && { active: false }) });

  test.each([
    ["né-1", ["NÉ-1", " né-1", "né-1\u00a0", "ne\u0301-1", "ｎé-1", "\u3000Né-1 "]],
    ["office straße", ["oﬃce strasse", "OFFICE STRASSE", "Office\u00a0Straße", "office  straẞe"]],
    ["kate-2", ["\u212aate-2", "KATE-2"]],
    ["οδος", ["ΟΔΟΣ", "οδοσ"]],
    ["İx", ["i\u0307x", "I\u0307X"]],
  ])("%s is one name in all its forms", async (name, forms) => {
    const id = await create(kind, body(name));
    const other = await create(kind, body(`${name} other`));
    for (const form of forms) {
      const twins = [
        await h.scim("POST", `/${kind}`, body(form)),
        await h.scim("PUT", `/${kind}/${other}`, body(form)),
        await patch(`/${kind}/${other}`, { op: "replace", path: attribute, value: form }),
        await patch(`/${kind}/${other}`, { op: "add", value: { [attribute]: form } }),
      ];
      for (const twin of twins)
        expect([spelt(form), twin.status, twin.body.scimType]).toEqual([spelt(form), 409, "uniqueness"]);
      expect(twins[0]?.body.detail).toBe(
        `${attribute} ${spelt(form)} belongs to another ${word}: it compares as ${spelt(name)} does`,
      );
      expect(await find(kind, `${attribute} eq ${JSON.stringify(form)}`)).toEqual([id]);
      // its own name may change its form, and is shown as it was sent
      expect((await h.scim("PUT", `/${kind}/${id}`, body(form))).status).toBe(200);
      expect((await h.scim("GET", `/${kind}/${id}`)).body[attribute]).toBe(form);
      expect((await h.scim("PUT", `/${kind}/${id}`, body(name))).status).toBe(200);
    }
    expect((await h.scim("GET", `/${kind}/${other}`)).body[attribute]).toBe(`${name} other`);
    for (const one of [id, other]) await h.scim("DELETE", `/${kind}/${one}`);
  });

  test("a filter's part of it begins and ends where it does", async () => {
    const ids = [await create(kind, body("Ann  Lee ")), await create(kind, body("anna"))];
    for (const [filter, found] of [
      ['sw "ann"', [0, 1]],
      ['sw "  ANN"', [0, 1]],
      ['sw "ann "', [0]],
      ['sw "ann\u00a0l"', [0]],
      ['ew "lee"', [0]],
      ['ew "lee  "', [0]],
      ['ew " lee"', [0]],
      ['ew " a"', []],
      ['co "n l"', [0]],
      ['co " lee "', []],
      ['co "ｎn"', [0, 1]],
      ['eq " ann lee"', [0]],
      [`ge "ann" and ${attribute} lt "annb"`, [0, 1]],
    ] as const)
      expect([filter, await find(kind, `${attribute} ${filter}`)]).toEqual([
        filter,
        found.map((i) => ids[i]),
      ]);
    for (const id of ids) await h.scim("DELETE", `/${kind}/${id}`);
  });

  test.each([
    ["a\u200bb", "character 2 is U+200B"],
    ["\u202eab", "character 1 is U+202E"],
    ["ab\u2028", "character 3 is U+2028"],
    ["a\u00adb", "character 2 is U+00AD"],
    ["ab\t", "character 3 is U+0009"],
    ["🦊\u{e0041}", "character 2 is U+E0041"],
    ["a\ue000", "character 2 is U+E000"],
    ["a\u0378", "character 2 is U+0378"],
  ])("%j is refused, with the character by its name", async (name, told) => {
    const id = await create(kind, body("ab"));
    for (const reply of [
      await h.scim("POST", `/${kind}`, body(name)),
      await h.scim("PUT", `/${kind}/${id}`, body(name)),
      await patch(`/${kind}/${id}`, { op: "replace", value: { [attribute]: name } }),
    ])
      expect([reply.status, reply.body.scimType, reply.body.detail]).toEqual([
        400,
        "invalidValue",
        `${attribute}: ${told}, which is not seen (expected letters, digits, signs and spaces)`,
      ]);
    await h.scim("DELETE", `/${kind}/${id}`);
  });

  test("letters of any script, marks, spaces and emoji are taken", async () => {
    for (const name of ["日本　語", "Süd & Öst", "नमस्ते", "👩‍💻 Developers", "❤️ x"])
      await h.scim("DELETE", `/${kind}/${await create(kind, body(name))}`);
  });
});

test("a group is the declared one in whatever form its name comes, and a renaming takes access along", async () => {
  const ada = await create("Users", { userName: "ada@example.com" });
  const members = [{ value: ada }];
  const group = await create("Groups", { displayName: "\u00a0HG-X ", members });
  expect(h.accessFile().memberships).toEqual(["ada,okta/hg-x"]);
  const rename = (displayName: string) => h.scim("PUT", `/Groups/${group}`, { displayName, members });
  for (const [name, memberships] of [
    ["cafe\u0301", ["ada,okta/café"]],
    ["CAFÉ", ["ada,okta/café"]],
    ["cafe", []],
    ["Ｔeam-Straße", ["ada,okta/team-strasse"]],
    ["hg\u2011x", []],
    ["ｈg-x", ["ada,okta/hg-x"]],
  ] as const) {
    expect((await rename(name)).status).toBe(200);
    expect([spelt(name), h.accessFile().memberships]).toEqual([spelt(name), memberships]);
  }
  await h.scim("DELETE", `/Groups/${group}`);
  expect(h.accessFile().memberships).toEqual([]);
});

test("a group that almost is a declared one is told: in the audit, in the log and in the plan", async () => {
  const release = (await h.admin("GET", "/release")).body.release;
  const planned = async () => (await h.admin("POST", "/impact", { body: { release } })).body.nearMisses;
  expect(await planned()).toEqual([]);
  const lookalike = await create("Groups", { displayName: "hg-х" });
  const told = 'group "hg-х" (spelt "hg-\\u{445}": not selected by the release, but almost "hg-x", which is)';
  expect(await lastAudit()).toBe(told);
  expect(h.logs.map((line) => JSON.parse(line)).at(-1)).toMatchObject({
    level: 40,
    msg: told,
    actor: "scim:okta",
  });
  expect(await planned()).toEqual([
    'connectors.okta.groups: "hg-\\u{445}" counts for nothing, but almost is "hg-x"',
  ]);

  // one that is only spelt wrong is told as long as the declared one is not there
  const misspelt = await create("Groups", { displayName: "writer" });
  expect(await lastAudit()).toBe(
    'group "writer" (not selected by the release, but almost "writers", which is)',
  );
  const declared = await create("Groups", { displayName: "Writers" });
  await patch(`/Groups/${misspelt}`, { op: "replace", path: "displayName", value: "Writer" });
  expect(await lastAudit()).toBe('group "Writer" (not selected by the release)');
  await patch(`/Groups/${misspelt}`, { op: "replace", path: "displayName", value: "Team 7" });
  expect(await lastAudit()).toBe(
    'group "Team 7" (not selected by the release, but almost "team-*", which is)',
  );
  for (const id of [lookalike, misspelt, declared]) await h.scim("DELETE", `/Groups/${id}`);
  await create("Groups", { displayName: "lunch" });
  expect(await lastAudit()).toBe('group "lunch" (not selected by the release)');
  expect(await planned()).toEqual([]);
});

test("whose account it would be is compared by its bytes: no other form of a name gets it", async () => {
  const kate = await create("Users", { userName: "kate@example.com" });
  expect(h.accessFile().accounts).toContain("kate,1");
  for (const name of ["\u212aate@example.org", "ｋate@example.org", " kate@example.org"]) {
    const reply = await h.scim("POST", "/Users", { userName: name });
    expect([spelt(name), reply.status, reply.body.scimType]).toEqual([spelt(name), 400, "invalidValue"]);
    expect(reply.body.detail).toMatch(/cannot be an account/);
  }
  expect((await h.scim("POST", "/Users", { userName: "KATE@example.com " })).body.scimType).toBe(
    "uniqueness",
  );
  await h.scim("DELETE", `/Users/${kate}`);
});
