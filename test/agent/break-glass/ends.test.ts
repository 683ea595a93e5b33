/** A right that was taken ends with its time, its person, its group and its permission set; and neither comes back nor is lost. */
import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { acceptClockOf, Clocks, day, hour, restartAfter, second } from "../clock/world.ts";
import { copiesOf } from "../copies.ts";
import { type Harness, type ReleaseShape, startHarness } from "../harness.ts";
import { deactivate } from "../people.ts";
import { change } from "../store/file.ts";
import { localAs, type People, people, takeable } from "./people.ts";

const minute = 60 * second;
let clocks: Clocks;
let h: Harness;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  clocks = new Clocks();
  h = await startHarness(["core/api"], {}, clocks.given);
});
afterEach(async () => {
  vi.useRealTimers();
  await h.stop();
});

const aMinuteLater = () => vi.advanceTimersByTimeAsync(60_000);
const audit = async (last = 1) => (await h.admin("GET", `/audit?last=${last}`)).body.rows;
const rights = async () => (await h.admin("GET", "/break-glass")).body.rights;
const groupId = async (name: string) =>
  (await h.scim("GET", `/Groups?filter=displayName eq "${name}"&attributes=id`)).body.Resources[0].id;
const patchGroup = async (operation: object, more: object = {}) =>
  h.scim("PATCH", `/Groups/${await groupId("release-managers")}`, { Operations: [operation], ...more });
const leaves = ({ ids }: People) => ({ op: "remove", path: `members[value eq "${ids.get("ann")}"]` });
const deploy = async (digest: string, edit: (release: ReleaseShape) => void) =>
  h.deploy(await h.release(takeable(edit)), digest);

/** Ann has taken write on core/api. */
async function taken(parts: object = {}): Promise<People & { readonly id: string }> {
  const found = await people(h, (draft) => {
    draft.settings.delivery.destroy = "allow";
  });
  const { status, body } = await found.take("ann", parts);
  expect(status).toBe(201);
  expect(found.inFile()).toHaveLength(1);
  return { ...found, id: body.id };
}

const ended = async (why: string) => {
  expect(await rights()).toEqual([]);
  const rows = (await audit(3)).filter(
    ({ operation }: { operation: string }) => operation === "break-glass.end",
  );
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({ target: "ann", outcome: "done" });
  expect(rows[0].detail).toBe(`the write of ann on core/api, taken by permissions.core, ends: ${why}`);
};

describe("ends", () => {
  const noAccount = "who took it does not have the account any more";
  const notAllowed = "no permission set lets who took it have it any more";
  test.each<[string, (on: People) => Promise<unknown>, string]>([
    ["with the person's deactivation", ({ ids }) => deactivate(h, ids.get("ann")), noAccount],
    ["with the DELETE of the user", ({ ids }) => h.scim("DELETE", `/Users/${ids.get("ann")}`), noAccount],
    [
      "with another account name",
      ({ ids }) =>
        h.scim("PATCH", `/Users/${ids.get("ann")}`, {
          Operations: [{ op: "replace", path: "userName", value: "anna@example.com" }],
        }),
      noAccount,
    ],
    ["when the person leaves the group", (on) => patchGroup(leaves(on)), notAllowed],
    [
      "when the person leaves the group by a large body",
      (on) => patchGroup(leaves(on), { padding: "x".repeat(300_000) }),
      notAllowed,
    ],
    [
      "when the group gets another name",
      () => patchGroup({ op: "replace", path: "displayName", value: "docs-team" }),
      notAllowed,
    ],
    [
      "when the group is deleted",
      async () => h.scim("DELETE", `/Groups/${await groupId("release-managers")}`),
      notAllowed,
    ],
    [
      "with a release whose set lets nobody",
      ({ digest }) =>
        deploy(digest, ({ permissions, variables }) => {
          delete permissions.core.breakGlass;
          delete variables.ALERT_WEBHOOK;
        }),
      notAllowed,
    ],
    [
      "with a release whose set lets others",
      ({ digest }) =>
        deploy(digest, ({ permissions: { core } }) =>
          Object.assign(core.breakGlass, { who: ["okta/docs-team"] }),
        ),
      notAllowed,
    ],
    [
      "with a release whose set gives another right",
      ({ digest }) =>
        deploy(digest, ({ permissions: { core } }) => Object.assign(core.breakGlass, { right: "read" })),
      notAllowed,
    ],
    [
      "with a release whose set covers the repository no more",
      ({ digest }) =>
        deploy(digest, ({ permissions: { core } }) => Object.assign(core, { repositories: ["core/web"] })),
      notAllowed,
    ],
    [
      "with the end of the release",
      ({ digest }) => h.admin("DELETE", "/release", { headers: { "If-Match": `"${digest}"` } }),
      "no release is active",
    ],
  ])("%s, and does not come back with what it was", async (_, happens, why) => {
    const on = await taken();
    await happens(on);
    expect(on.inFile()).toEqual([]);
    await ended(why);
    await h.restart();
    expect(on.inFile()).toEqual([]);
    const undo = { op: "replace", value: { active: true, userName: "ann@example.com" } };
    await h.scim("PATCH", `/Users/${on.ids.get("ann")}`, { Operations: [undo] });
    expect(on.inFile()).toEqual([]);
    expect(await rights()).toEqual([]);
  });

  test("when the person says so, or an approver; not when another person does", async () => {
    const { end, inFile, id } = await taken();
    for (const other of ["bob", "eve"]) expect((await end(other, id)).status).toBe(404);
    expect((await h.admin("DELETE", `/break-glass/${id}`)).status).toBe(404);
    expect(inFile()).toHaveLength(1);
    expect((await end("ann", id)).status).toBe(204);
    expect(inFile()).toEqual([]);
    expect(await audit()).toMatchObject([
      { actor: "admin:ann", operation: "break-glass.end", target: "ann", outcome: "done" },
    ]);
    expect((await end("ann", id)).body.error.code).toBe("takenUnknown");
    const again = await taken2();
    expect((await h.admin("DELETE", `/break-glass/${again}`, { token: h.tokens.approver })).status).toBe(204);
    expect(inFile()).toEqual([]);
  });

  async function taken2(): Promise<string> {
    const word = { repository: "core/api", for: "10m", reason: "again" } as const;
    const answer = await localAs(h, "ann").takeRight(word);
    if (!answer.ok) throw new Error(answer.error.message);
    return answer.value.id;
  }

  test("while another group of the set is left, it goes on", async () => {
    const on = await people(h, (draft) => {
      draft.permissions.core.breakGlass.who.push("okta/engineering");
    });
    await on.take("ann");
    await patchGroup(leaves(on));
    expect(on.inFile()).toHaveLength(1);
  });

  test("as a derived group does, by an attribute", async () => {
    const on = await people(h, (draft) => {
      draft.connectors.okta.groups.push({ name: "leads", when: 'user.?title.orValue("") == "Lead"' });
      draft.permissions.core.breakGlass.who = ["okta/leads"];
    });
    const title = (value: string) =>
      h.scim("PATCH", `/Users/${on.ids.get("ann")}`, {
        Operations: [{ op: "replace", path: "title", value }],
      });
    expect((await on.take("ann")).status).toBe(403);
    await title("Lead");
    expect((await on.take("ann")).status).toBe(201);
    await title("Engineer");
    expect(on.inFile()).toEqual([]);
  });

  test("goes on over a release that allows it, which changes something else", async () => {
    const { digest, inFile } = await taken();
    const before = inFile();
    await deploy(digest, (draft) => Object.assign(draft.variables.SCIM_PAGE_SIZE, { value: 700 }));
    expect(inFile()).toEqual(before);
    expect(await rights()).toHaveLength(1);
  });
});

describe("by time", () => {
  test("it is out of the file within a minute, told in the audit, and stays out", async () => {
    const { inFile } = await taken();
    clocks.pass(30 * minute - 1);
    await aMinuteLater();
    expect(inFile()).toHaveLength(1);
    clocks.pass(1);
    expect(await rights()).toEqual([]);
    await aMinuteLater();
    await vi.waitFor(() => expect(inFile()).toEqual([]));
    await ended("its time is over");
    clocks.off = -3 * day;
    await aMinuteLater();
    await h.restart();
    expect(inFile()).toEqual([]);
  });

  test("it is not there after a start that comes later", async () => {
    const { inFile } = await taken();
    await restartAfter(h, () => clocks.sleep(hour));
    expect(inFile()).toEqual([]);
    await ended("its time is over");
  });

  test("it ends in time while the clock is behind, and lasts no longer where that is accepted", async () => {
    const { inFile } = await taken();
    clocks.off = -3 * day;
    clocks.pass(10 * minute);
    expect((await acceptClockOf(h, clocks)).status).toBe(200);
    expect(inFile()).toEqual([`ann,core/api,write,${clocks.now + clocks.off + 20 * minute}`]);
    clocks.pass(20 * minute);
    await aMinuteLater();
    await vi.waitFor(() => expect(inFile()).toEqual([]));
  });

  test("a wrong future that is accepted ends it", async () => {
    const { inFile } = await taken();
    clocks.off = 10 * 365 * day;
    expect((await acceptClockOf(h, clocks)).status).toBe(200);
    expect(inFile()).toEqual([]);
    await ended("its time is over");
  });
});

describe("neither comes back nor is lost", () => {
  test("over a start", async () => {
    const { inFile } = await taken();
    const before = inFile();
    await h.restart();
    expect(inFile()).toEqual(before);
    expect(await rights()).toHaveLength(1);
  });

  test("where the access file is gone, or an old one is put back while the agent is stopped", async () => {
    const on = await people(h);
    const old = join(h.folder, "old.db");
    copyFileSync(h.config.access, old);
    const { body } = await on.take("ann");
    const before = on.inFile();
    for (const meanwhile of [() => rmSync(h.config.access), () => copyFileSync(old, h.config.access)]) {
      await h.restart(meanwhile);
      expect(on.inFile()).toEqual(before);
    }
    // as whoever is killed between the two commits leaves it
    copyFileSync(h.config.access, old);
    await on.end("ann", body.id);
    await h.restart(() => copyFileSync(old, h.config.access));
    expect(on.inFile()).toEqual([]);
  });

  test("where a copy of the store from before it ended is put back", async () => {
    const copies = copiesOf(h);
    const { inFile, end, id } = await taken();
    await h.restart(() => copies.backUp());
    await end("ann", id);
    await copies.restore();
    expect(inFile()).toEqual([]);
    expect(await rights()).toEqual([]);
    await accept();
    expect(inFile()).toEqual([]);
  });

  test("where a copy from before it was taken is put back: it goes on, and ends in time", async () => {
    const copies = copiesOf(h);
    const on = await people(h);
    await h.restart(() => copies.backUp());
    await on.take("ann");
    const before = on.inFile();
    await copies.restore();
    expect(on.inFile()).toEqual(before);
    expect(await rights()).toMatchObject([
      { account: "ann", right: "write", reason: "not known: the store is a copy from before it was taken" },
    ]);
    await accept();
    expect(on.inFile()).toEqual(before);
    clocks.pass(31 * minute);
    await aMinuteLater();
    await vi.waitFor(() => expect(on.inFile()).toEqual([]));
  });

  test("a copy from when it would have ended earlier, and one with no file that knows better", async () => {
    const copies = copiesOf(h);
    const on = await taken();
    await h.restart(() => copies.backUp());
    await on.take("ann", { for: "5m" });
    const until = clocks.now + 5 * minute;
    await copies.restore();
    expect(on.inFile()).toEqual([`ann,core/api,write,${until}`]);
  });

  test.each<[string, (on: People & { id: string }) => Promise<unknown>]>([
    ["who leaves a group", (on) => patchGroup(leaves(on))],
    ["who is deactivated", ({ ids }) => deactivate(h, ids.get("ann"))],
    ["who says so", ({ end, id }) => end("ann", id)],
  ])("while the stored release was altered and does not run, it ends for %s", async (_, happens) => {
    const on = await taken();
    await h.restart(() =>
      change(
        `${h.config.data}/store.db`,
        "UPDATE releases SET release = '{'; UPDATE release_copy SET release = '{'",
      ),
    );
    expect(on.inFile()).toHaveLength(1);
    expect((await on.take("ann")).body.error.code).toBe("noRelease");
    await happens(on);
    expect(on.inFile()).toEqual([]);
    await h.restart();
    expect(on.inFile()).toEqual([]);
  });

  /** An approver has a release come in the place of what cannot be trusted. */
  async function accept(): Promise<void> {
    const release = await h.release(
      takeable((draft) => {
        draft.settings.delivery.destroy = "allow";
      }),
    );
    const { body } = await h.admin("GET", "/history");
    const from = body.entries[0].digest;
    const reply = await h.admin("PUT", "/release", {
      body: { release, origin: {}, accept: { from, lose: 10, gain: 10, protected: [] } },
      headers: { "If-None-Match": "*" },
    });
    expect(reply.status).toBe(200);
  }
});
