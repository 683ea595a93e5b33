/** What takes access away may come again, since its answer was lost: it is answered as before, also where nothing else is done. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Harness, startHarness } from "./harness.ts";
import { staff } from "./people.ts";
import { change } from "./store/file.ts";

const variable = "SCIM_TEST_REPEATED_TOKEN";
let h: Harness;
let ids: ReadonlyMap<string, string>;
let team: string;
beforeEach(async () => {
  process.env[variable] = "a-token-of-some-length";
  h = await startHarness(["core/api"]);
  Object.assign(h.tokens, { scim: process.env[variable] });
  await h.deploy(
    await h.release((draft) => {
      draft.secrets["okta-token"].refs = [`ref+env://${variable}`];
    }),
  );
  ids = await staff(h, { "core-team": ["ada", "bob", "cy", "dan"], engineering: ["dan"] });
  team = (await h.scim("GET", '/Groups?filter=displayName eq "core-team"&attributes=id')).body.Resources[0]
    .id;
});
afterEach(async () => {
  delete process.env[variable];
  await h.stop();
});

const patch = (path: string, ...Operations: object[]) => h.scim("PATCH", path, { Operations });
const user = (name: string) => `/Users/${ids.get(name)}`;
const without = (...names: string[]) => ({
  op: "remove",
  path: names
    .map((name) => `members[value eq "${ids.get(name)}"]`)
    .join(" or ")
    .replace(/\] or members\[/g, " or "),
});
const list = (...names: string[]) => names.map((name) => ({ value: ids.get(name) }));
const inactive = { op: "replace", path: "active", value: false };

const states: [string, () => Promise<unknown>][] = [
  [
    "the stored release is altered",
    () =>
      h.restart(() =>
        change(
          `${h.config.data}/store.db`,
          "UPDATE releases SET release = '{'; UPDATE release_copy SET release = '{'",
        ),
      ),
  ],
  [
    "the release is ended",
    async () => {
      const { digest } = (await h.admin("GET", "/release")).body;
      await h.admin("DELETE", "/release", { headers: { "If-Match": `"${digest}"` } });
    },
  ],
  ["the secret is missing", () => h.restart(() => delete process.env[variable])],
];

describe.each(states)("%s", (_, happens) => {
  test.each<[string, () => ReturnType<Harness["scim"]>, number]>([
    ["a PATCH", () => patch(user("ada"), inactive), 200],
    ["Entra's", () => patch(user("ada"), { op: "Replace", path: "active", value: "False" }), 200],
    ["a PATCH without a path", () => patch(user("ada"), { op: "replace", value: { active: false } }), 200],
    [
      "a PATCH that clears more",
      () =>
        patch(
          user("ada"),
          inactive,
          { op: "remove", path: "title" },
          { op: "replace", path: "nickName", value: "" },
        ),
      200,
    ],
    [
      "Okta's PUT",
      () =>
        h.scim("PUT", user("ada"), {
          schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
          ...{
            id: ids.get("ada"),
            userName: "ada@example.com",
            name: { givenName: "Ada", familyName: "Byron" },
          },
          ...{
            emails: [{ primary: true, value: "ada@example.com", type: "work" }],
            groups: [],
            active: false,
          },
        }),
      200,
    ],
    ["one member", () => patch(`/Groups/${team}`, without("ada")), 204],
    ["two members", () => patch(`/Groups/${team}`, without("ada", "bob")), 204],
    ["operations for each", () => patch(`/Groups/${team}`, without("ada"), without("bob")), 204],
    [
      "Entra's members",
      () => patch(`/Groups/${team}`, { op: "Remove", path: "members", value: list("ada") }),
      204,
    ],
    ["all members", () => patch(`/Groups/${team}`, { op: "remove", path: "members" }), 204],
    [
      "a list of the others",
      () => patch(`/Groups/${team}`, { op: "replace", path: "members", value: list("dan", "cy") }),
      204,
    ],
    [
      "the group",
      () => h.scim("PUT", `/Groups/${team}`, { displayName: "core-team", members: list("dan") }),
      200,
    ],
    [
      "a large body",
      () =>
        h.scim("PUT", `/Groups/${team}`, {
          displayName: "core-team",
          members: list("dan").map((one) => ({ ...one, display: "x".repeat(300_000) })),
        }),
      200,
    ],
  ])("%s, once more", async (_name, ask, status) => {
    await happens();
    const first = await ask();
    expect(first.status).toBe(status);
    const file = h.accessFile();
    const again = await ask();
    expect([again.status, again.body]).toEqual([status, first.body]);
    expect(h.accessFile()).toEqual(file);
  });

  test("who is inactive is deleted, and what gives waits", async () => {
    await happens();
    await patch(user("ada"), inactive);
    expect((await h.scim("DELETE", user("ada"))).status).toBe(204);
    await patch(`/Groups/${team}`, without("bob"));
    const waiting = [
      await patch(`/Groups/${team}`, without("bob"), { op: "add", path: "members", value: list("bob") }),
      await patch(`/Groups/${team}`, without("ada"), { op: "add", path: "members", value: list("bob") }),
      await h.scim("PUT", `/Groups/${team}`, { displayName: "docs-team", members: list("cy", "dan") }),
      await h.scim("PUT", `/Groups/${team}`, { displayName: "core-team", members: list("bob", "cy", "dan") }),
      await patch(user("cy"), { op: "replace", path: "title", value: "Lead" }),
    ];
    expect(waiting.map(({ status }) => status)).toEqual(waiting.map(() => 503));
  });
});
