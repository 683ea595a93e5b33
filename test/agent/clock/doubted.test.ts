/** A token that has ended by the later of two clocks, while nobody knows which is right: it takes away, and gives nothing. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Issuer, trusting } from "../authentication/issuer.ts";
import { type Harness, type ReleaseShape, type Reply, startHarness } from "../harness.ts";
import { staff } from "../people.ts";
import { acceptClockOf, Clocks, day, hour, restartAfter, second } from "./world.ts";

let clocks: Clocks;
let issuer: Issuer;
let h: Harness;
beforeEach(async () => {
  clocks = new Clocks();
  issuer = new Issuer(() => clocks.now);
  await issuer.addKey("RS256", "RS256");
  await issuer.start();
  h = await startHarness(["core/api"], { egress: [new URL(issuer.keys).host] }, clocks.given);
});
afterEach(async () => {
  await h.stop();
  await issuer.stop();
});

const detail =
  "the agent's clock is in doubt, and by the later time the token has ended: it only takes access away (expected the clock to be mended, see hgscim agent clock, or a new token)";
const doubted = { status: 503, body: { detail } };
const patch = (path: string, ...Operations: object[]) => h.scim("PATCH", path, { Operations });
const inactive = { op: "replace", path: "active", value: false };
const leaves = (id: string | undefined) => ({ op: "remove", path: `members[value eq "${id}"]` });
const joins = (id: string | undefined) => ({ op: "add", path: "members", value: [{ value: id }] });
const audit = async (last = 1): Promise<Record<string, unknown>[]> =>
  (await h.admin("GET", `/audit?last=${last}`)).body.rows;
const accept = () => acceptClockOf(h, clocks);

let people: Map<string, string>;
let group: string;
/** People in core-team and one outside; then a hundred days go by, with the host off: the token of thirty has ended, perhaps. */
async function longOff(edit: (draft: ReleaseShape) => void = () => {}): Promise<void> {
  await h.deploy(await h.release(edit));
  people = await staff(h, { "core-team": ["ann", "bob", "cid"], engineering: ["eve", "ann"] });
  const { Resources } = (await h.scim("GET", "/Groups")).body;
  group = `/Groups/${Resources.find((one: { displayName: string }) => one.displayName === "core-team").id}`;
  clocks.pass(10 * day);
  await restartAfter(h, () => clocks.sleep(100 * day));
  h.logs.length = 0;
}

describe("a fixed token", () => {
  test("gives nobody anything: not a new user, group, member, name or externalId", async () => {
    await longOff();
    const before = h.accessFile();
    const ann = `/Users/${people.get("ann")}`;
    const { body: user } = await h.scim("GET", ann);
    const attempts: (() => Promise<Reply>)[] = [
      () => h.scim("POST", "/Users", { userName: "mallory@example.com", active: true }),
      () => h.scim("POST", "/Groups", { displayName: "docs-team", members: [{ value: people.get("eve") }] }),
      () => patch(group, joins(people.get("eve"))),
      () =>
        h.scim("PUT", group, {
          displayName: "core-team",
          members: [...people.values()].map((value) => ({ value })),
        }),
      () => patch(group, { op: "replace", path: "displayName", value: "release-managers" }),
      () => patch(ann, { op: "replace", path: "externalId", value: "another" }),
      () => h.scim("PUT", ann, { ...user, userName: "mallory@example.com" }),
    ];
    for (const attempt of attempts) expect(await attempt()).toMatchObject(doubted);
    expect(h.accessFile()).toEqual(before);
    expect(await audit(7)).toEqual(
      Array(7).fill(
        expect.objectContaining({ outcome: "refused", code: "tokenInDoubt", actor: "scim:okta" }),
      ),
    );
    // what stays as it is may be said again
    expect((await patch(group, joins(people.get("ann")))).status).toBe(204);
  });

  test("takes away what it names, and nothing that stands beside it is done", async () => {
    await longOff();
    const [ann, bob, cid] = ["ann", "bob", "cid"].map((name) => people.get(name));
    const { body: user } = await h.scim("GET", `/Users/${ann}`);
    const put = await h.scim("PUT", `/Users/${ann}`, {
      ...user,
      active: false,
      userName: "mallory@example.com",
    });
    expect(put).toMatchObject({ status: 200, body: { active: false, userName: "ann@example.com" } });
    expect(await audit()).toMatchObject([
      { outcome: "done", code: "tokenInDoubt", operation: "user.update" },
    ]);
    // said twice, as by who has not got the answer
    expect((await patch(`/Users/${ann}`, inactive)).status).toBe(200);
    expect((await patch(group, leaves(bob), joins(people.get("eve")))).status).toBe(204);
    expect(h.accessFile().memberships).toEqual(["cid,okta/core-team", "eve,okta/engineering"]);
    expect((await h.scim("DELETE", `/Users/${cid}`)).status).toBe(204);
    expect(await patch(`/Users/${ann}`, { ...inactive, value: true })).toMatchObject(doubted);
    expect((await h.scim("DELETE", group)).status).toBe(204);
    expect(h.accessFile().memberships).toEqual(["eve,okta/engineering"]);
    expect(h.logs.join("")).toContain("only what it takes away is done: the agent's clock is in doubt");
  });

  test.each([
    ["a name", "okta/engineering"],
    [
      "an exception",
      { group: "okta/engineering", until: "2030-01-01T00:00:00Z", reason: "audit", approver: "Carol" },
    ],
  ])("does not take anybody out of a group to which something is denied, by %s", async (_, subject) => {
    await longOff((draft) => {
      draft.permissions.core.deny.write = [subject];
    });
    const { Resources } = (await h.scim("GET", "/Groups")).body;
    const { id } = Resources.find((one: { displayName: string }) => one.displayName === "engineering");
    const before = h.accessFile();
    expect(await patch(`/Groups/${id}`, leaves(people.get("ann")))).toMatchObject(doubted);
    expect(await h.scim("DELETE", `/Groups/${id}`)).toMatchObject(doubted);
    expect(h.accessFile()).toEqual(before);
    expect((await patch(`/Users/${people.get("ann")}`, inactive)).status).toBe(200);
    expect(h.accessFile().accounts).toContain("ann,0");
  });

  test("goes on as before where the wrong clock is set right, and is refused where it was right", async () => {
    await h.deploy(await h.release());
    clocks.off = 100 * day;
    const user = { userName: "ann@example.com", active: true };
    expect(await h.scim("POST", "/Users", user)).toMatchObject(doubted);
    clocks.off = 0;
    clocks.pass(second);
    expect((await h.scim("POST", "/Users", user)).status).toBe(201);
    clocks.off = 100 * day;
    await accept();
    expect((await h.scim("GET", "/Users")).status).toBe(401);
  });

  test.each([
    ["lasts longer by both clocks", 20 * day, "30d"],
    ["has no end", 4_000 * day, undefined],
  ])("that %s is not in doubt", async (_, off, lifetime) => {
    await h.deploy(
      await h.release((draft) => {
        if (lifetime) draft.secrets["okta-token"].lifetime = lifetime;
        else delete draft.secrets["okta-token"].lifetime;
      }),
    );
    clocks.off = off;
    expect((await h.admin("GET", "/agent")).body.clock.inDoubt).toBe(true);
    expect((await h.scim("POST", "/Users", { userName: "ann@example.com" })).status).toBe(201);
  });

  test("of two, the younger one gives", async () => {
    const next = "the-next-token-of-all";
    process.env.SCIM_TEST_DOUBTED = next;
    const digest = await h.deploy(await h.release());
    clocks.pass(20 * day);
    const both = await h.release(
      (draft) => void draft.secrets["okta-token"].refs.push("ref+env://SCIM_TEST_DOUBTED"),
    );
    await h.admin("PUT", "/release", {
      body: { release: both, origin: {} },
      headers: { "If-Match": `"${digest}"` },
    });
    clocks.off = 15 * day;
    expect(await h.scim("POST", "/Users", { userName: "ann@example.com" })).toMatchObject(doubted);
    expect((await h.scim("POST", "/Users", { userName: "ann@example.com" }, next)).status).toBe(201);
    delete process.env.SCIM_TEST_DOUBTED;
  });
});

describe("an access token", () => {
  test("that has expired by the later clock takes away, and a new one gives", async () => {
    await h.deploy(await h.release(trusting(issuer)));
    const old = await issuer.sign({ claims: { exp: Math.floor((clocks.now + 9 * day) / 1_000) } });
    const { body: ann } = await h.scim("POST", "/Users", { userName: "ann@example.com", active: true }, old);
    await restartAfter(h, () => clocks.sleep(30 * day));
    expect(await h.scim("POST", "/Users", { userName: "eve@example.com" }, old)).toMatchObject(doubted);
    expect((await h.scim("PATCH", `/Users/${ann.id}`, { Operations: [inactive] }, old)).status).toBe(200);
    const fresh = await issuer.sign({ claims: { nbf: Math.floor(clocks.now / 1_000) } });
    expect((await h.scim("POST", "/Users", { userName: "eve@example.com" }, fresh)).status).toBe(201);
    await accept();
    expect((await h.scim("GET", "/Users", undefined, old)).status).toBe(401);
  });
});

test("a connector that may renumber by the earlier clock alone may not", async () => {
  await h.deploy(await h.release());
  const { body: ann } = await h.scim("POST", "/Users", {
    userName: "ann@example.com",
    externalId: "00u1",
    active: true,
  });
  const allow = { token: h.tokens.approver, body: { until: clocks.now + 6 * hour } };
  expect((await h.admin("PUT", "/renumberings/okta", allow)).status).toBe(200);
  clocks.off = 10 * day;
  const other = { op: "replace", path: "externalId", value: "00u2" };
  expect((await patch(`/Users/${ann.id}`, other)).status).toBe(200);
  expect(h.accessFile().accounts).toContain("ann,0");
  clocks.off = 0;
  clocks.pass(second);
  expect((await h.admin("PUT", "/renumberings/okta", allow)).status).toBe(200);
  expect(h.accessFile().accounts).toContain("ann,1");
});
