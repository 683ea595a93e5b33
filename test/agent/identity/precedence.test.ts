/** Two connectors that speak of one account: whose word counts, and that nobody gets another person's account without an approver's. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ConnectorName, type TwoConnectors, twoConnectors } from "./two-connectors.ts";

let two: TwoConnectors;
let digest: string;
beforeEach(async () => {
  two = await twoConnectors();
  digest = await two.h.deploy(await two.release());
});
afterEach(() => two.stop());

const create = async (connector: ConnectorName, name: string, more: object = {}) => {
  const body = { userName: `${name}@example.com`, externalId: `${connector}-${name}`, ...more };
  const reply = await two.scim(connector, "POST", "/Users", body);
  expect(reply.status).toBe(201);
  return reply.body.id as string;
};
const change = async (connector: ConnectorName, id: string, value: object) =>
  (await two.scim(connector, "PATCH", `/Users/${id}`, { Operations: [{ op: "replace", value }] })).status;
const end = (connector: ConnectorName, id: string) => two.scim(connector, "DELETE", `/Users/${id}`);
const confirm = (account: string, user: string) =>
  two.h.admin("POST", `/owners/${account}`, { token: two.h.tokens.approver, body: { user } });
const release = (account: string) =>
  two.h.admin("DELETE", `/owners/${account}`, { token: two.h.tokens.approver });
const waiting = async () =>
  (await two.h.admin("GET", "/owners")).body.withheld.map(
    ({ account, connector }: Record<string, string>) => `${account} ${connector}`,
  );
const last = async () => (await two.h.admin("GET", "/audit?last=1")).body.rows[0];

test("who comes second by the connector that counts waits, and the owner keeps the account until an approver says that they are one", async () => {
  await create("twin", "ada");
  const ada = await create("okta", "ada");
  expect(await two.having()).toEqual(["ada twin"]);
  expect(await waiting()).toEqual(["ada okta"]);
  expect((await confirm("ada", ada)).status).toBe(204);
  expect(await two.having()).toEqual(["ada okta"]);
  expect(await waiting()).toEqual([]);
  expect((await last()).detail).toContain("account ada is user");
});

test("who comes second by the other one has none, and is not refused", async () => {
  await create("okta", "ada");
  await create("twin", "ada");
  expect((await last()).detail).toBe("no account: of another connector, whose precedence counts");
  expect(await two.having()).toEqual(["ada okta"]);
  expect(await waiting()).toEqual([]);
  await two.h.restart();
  expect(await two.having()).toEqual(["ada okta"]);
});

test("a confirmed pair passes the account to and fro without asking again", async () => {
  const other = await create("twin", "ada");
  const ada = await create("okta", "ada");
  await confirm("ada", ada);
  await end("okta", ada);
  expect(await two.having()).toEqual(["ada twin"]);
  expect((await last()).detail).toContain(`account ada passes to user ${other} of connector twin`);
  const again = await create("okta", "ada");
  expect(await two.having()).toEqual(["ada okta"]);
  expect((await last()).detail).toContain(`user ${other} of connector twin loses account ada to it`);
  // another name of hers is no longer this account
  expect(await change("okta", again, { userName: "adam@example.com" })).toBe(200);
  expect(await two.having()).toEqual(["ada twin", "adam okta"]);
  expect(await change("okta", again, { userName: "ada@example.com" })).toBe(200);
  expect(await two.having()).toEqual(["ada okta"]);
  expect(await waiting()).toEqual([]);
});

test("the pair is of two identities: another person of either connector waits", async () => {
  const other = await create("twin", "ada");
  const ada = await create("okta", "ada");
  await confirm("ada", ada);
  await end("okta", ada);
  await end("twin", other);
  const next = await create("okta", "ada", { externalId: "somebody else" });
  expect(await two.having()).toEqual([]);
  expect(await waiting()).toEqual(["ada okta"]);
  await end("okta", next);
  await create("okta", "ada", {});
  expect(await two.having()).toEqual(["ada okta"]);
});

test("what an approver releases is of no pair any more", async () => {
  const other = await create("twin", "ada");
  const ada = await create("okta", "ada");
  await confirm("ada", ada);
  await end("okta", ada);
  await end("twin", other);
  expect((await release("ada")).status).toBe(204);
  await create("okta", "ada", { externalId: "a new one" });
  await create("twin", "ada");
  expect(await two.having()).toEqual(["ada okta"]);
  await two.scim("okta", "DELETE", `/Users/${(await users("okta"))[0]}`);
  expect(await two.having()).toEqual([]);
});
const users = async (connector: ConnectorName) =>
  (await two.scim(connector, "GET", "/Users")).body.Resources.map(({ id }: { id: string }) => id);

describe("who has left by the connector that counts has left", () => {
  test.each<[string, object]>([
    ["inactive", { active: false }],
    ["out of scope", { userType: "contractor" }],
  ])("%s, also where nobody has confirmed anything, and under another name", async (_, parts) => {
    const other = await create("twin", "ada");
    const ada = await create("okta", "ada");
    expect(await change("okta", ada, parts)).toBe(200);
    expect(await two.having()).toEqual([]);
    expect((await last()).detail).toContain(`user ${other} of connector twin loses account ada to it`);
    expect(await change("okta", ada, { userName: "deleted-ada@example.com" })).toBe(200);
    expect(await change("twin", other, { title: "Engineer" })).toBe(200);
    expect(await two.having()).toEqual([]);
    // over a release and a start too
    digest = await two.h.deploy(await two.release((draft) => void draft.permissions.core.read.pop()), digest);
    await two.h.restart();
    expect(await two.having()).toEqual([]);
  });

  test("a limit and a protected account stop it as any removal", async () => {
    await two.h.deploy(
      await two.release((draft) => {
        draft.constraints.keep = { protect: { users: ["ada"] }, otherwise: "reject" };
      }),
      digest,
    );
    await create("twin", "ada");
    const ada = await create("okta", "ada");
    expect(await change("okta", ada, { active: false })).toBe(409);
    expect(await two.having()).toEqual(["ada twin"]);
  });

  test("somebody whom a rule would not let in is not let in by what becomes of others, and keeps nobody", async () => {
    await two.h.deploy(
      await two.release((draft) => {
        draft.constraints.titled = { on: ["user.create"], require: "has(user.title)", otherwise: "reject" };
      }),
      digest,
    );
    const titled = { title: "Engineer" };
    const other = await create("twin", "ada", titled);
    const ada = await create("okta", "ada", titled);
    await confirm("ada", ada);
    expect(await change("twin", other, { title: null })).toBe(200);
    expect((await end("okta", ada)).status).toBe(204);
    expect((await last()).detail).toContain(`account ada is withheld from user ${other} of connector twin`);
    expect(await two.having()).toEqual([]);
    expect(await waiting()).toEqual(["ada twin"]);
    expect(await change("twin", other, titled)).toBe(200);
    expect(await two.having()).toEqual(["ada twin"]);
  });
});

test("a release that turns the ranks around, and one without, hand nothing over", async () => {
  await create("okta", "ada");
  const other = await create("twin", "ada");
  const turned = await two.release((draft) => {
    draft.connectors.okta.precedence = 2;
    draft.connectors.twin.precedence = 1;
  });
  digest = await two.h.deploy(turned, digest);
  expect(await two.having()).toEqual(["ada okta"]);
  expect(await waiting()).toEqual(["ada twin"]);
  expect((await confirm("ada", other)).status).toBe(204);
  expect(await two.having()).toEqual(["ada twin"]);
  // by the pair, it goes back with the ranks
  digest = await two.h.deploy(await two.release(), digest);
  expect(await two.having()).toEqual(["ada okta"]);
  const without = await two.release((draft) => {
    delete draft.connectors.okta.precedence;
    delete draft.connectors.twin.precedence;
  });
  const { failures, withheld } = (await two.h.admin("POST", "/impact", { body: { release: without } })).body;
  expect(failures).toEqual([]);
  expect(withheld).toMatchObject([{ connector: "twin", account: "ada", because: "owner" }]);
});

test("an account in use is nobody else's to confirm, but for who counts", async () => {
  await create("twin", "ada");
  const ada = await create("okta", "ada");
  expect((await confirm("ada", "2f1c")).body.error.code).toBe("accountInUse");
  expect((await release("ada")).body.error.code).toBe("accountInUse");
  expect((await confirm("ada", ada)).status).toBe(204);
  expect((await confirm("ada", ada)).body.error.code).toBe("accountInUse");
});
