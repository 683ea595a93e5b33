/** What an approver says about accounts while no release runs that has the connector: it is done whole, or refused. */
import { expect, test } from "vitest";
import { change } from "../store/file.ts";
import { stage } from "./people.ts";

const s = stage();

const altered = () =>
  s.h.restart(() =>
    change(
      `${s.h.config.data}/store.db`,
      "UPDATE releases SET release = '{'; UPDATE release_copy SET release = '{'",
    ),
  );
const digest = async () => (await s.h.admin("GET", "/release")).body.digest;
const ended = async () => {
  await s.h.admin("DELETE", "/release", { headers: { "If-Match": `"${await digest()}"` } });
};
const renamed = async () => {
  const release = await s.h.release((draft) => {
    const text = JSON.stringify(draft).replaceAll('"okta/', '"third/').replace('"okta":', '"third":');
    Object.assign(draft, JSON.parse(text), { settings: draft.settings });
    delete draft.connectors.okta;
  });
  const body = { release, origin: {}, accept: { from: await digest(), lose: 9, gain: 9, protected: [] } };
  const headers = { "If-Match": `"${await digest()}"` };
  expect((await s.h.admin("PUT", "/release", { body, headers })).status).toBe(200);
};

const states: [string, () => Promise<void>][] = [
  ["the stored release is altered", altered],
  ["the release is ended", ended],
  ["the release has another connector", renamed],
];
/** Deploys the first release again. */
const back = async () => {
  const entries = (await s.h.admin("GET", "/history")).body.entries.filter(
    (one: { digest: string | null }) => one.digest !== null,
  );
  const active = await digest();
  const body = {
    ...{ release: await s.h.release(), origin: {} },
    ...(active && { accept: { from: entries[0].digest, lose: 9, gain: 9, protected: [] } }),
  };
  const headers = active ? { "If-Match": `"${active}"` } : { "If-None-Match": "*" };
  expect((await s.h.admin("PUT", "/release", { body, headers })).status).toBe(200);
};
const groupsOf = async (id: string) => (await s.scim(200, "GET", `/Users/${id}`)).groups ?? [];

test.each(states)("%s: the memberships of a leaver end with the account", async (_, happens) => {
  const ann = await s.hire("ann", "A");
  await s.hire("eve", "E");
  await s.join("core-team", ann);
  await s.patch(ann, { active: false });
  await happens();
  await s.approve(204, "DELETE", "/owners/ann");
  expect(await s.lastAudit()).toMatchObject({ operation: "account.release", code: null });
  await back();
  expect(await groupsOf(ann)).toEqual([]);
  await s.patch(ann, { active: true, externalId: "Z" });
  expect(s.access("ann") ?? []).toEqual([]);
});

test.each(states)("%s: of several names nobody can say which one has them", async (_, happens) => {
  const ann = await s.hire("ann", "A");
  await s.hire("eve", "E");
  await s.join("core-team", ann);
  await s.patch(ann, { userName: "lee@example.com" });
  await s.patch(ann, { active: false });
  const { owners } = await s.owners();
  await happens();
  for (const account of ["ann", "lee"]) {
    const { error } = await s.approve(404, "DELETE", `/owners/${account}`);
    expect(error).toMatchObject({
      code: "noRelease",
      message: expect.stringContaining("expected one that does"),
    });
    expect((await s.lastAudit()).code).toBe("noRelease");
  }
  await s.approve(404, "PUT", "/renumberings/okta", { until: null });
  expect((await s.owners()).owners).toHaveLength(owners.length);
  await s.approve(204, "DELETE", "/owners/ann?memberships=keep");
  await back();
  expect(await groupsOf(ann)).toMatchObject([{ display: "core-team" }]);
});

test("who waits for an account is not confirmed, with or without memberships", async () => {
  const ann = await s.hire("ann", "A");
  await s.scim(204, "DELETE", `/Users/${ann}`);
  const next = await s.hire("ann", "B");
  await s.join("core-team", next);
  await altered();
  const before = await s.owners();
  for (const memberships of ["keep", "drop"])
    await s.approve(404, "POST", "/owners/ann", { user: next, memberships });
  for (const memberships of ["keep", "drop"])
    await s.approve(404, "DELETE", `/owners/ann?memberships=${memberships}`);
  expect(await s.owners()).toEqual(before);
});
