/**
 * Two people, three public keys, and whatever their provider, a deployer and whoever puts copies of the store back do at random: a key
 * that was taken away lets nobody in again before it is sent anew, and a start changes nothing. HGSCIM_SEED=S plays the series of a seed again.
 */

import fc from "fast-check";
import Database from "libsql";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isSoak } from "../long.ts";
import { copiesOf } from "./copies.ts";
import { type Harness, type Reply, startHarness } from "./harness.ts";

const runs = isSoak ? 150 : 4;
const seed = Number(process.env.HGSCIM_SEED ?? Math.floor(Math.random() * 2 ** 31));
const hr = "urn:example:hr:2.0:User";

const people = ["ada", "bob"] as const;
type Person = (typeof people)[number];
const field = (content: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, content.length]), content]);
const keys = [1, 2, 3].map((n) => {
  const blob = Buffer.concat([field(Buffer.from("ssh-ed25519")), field(Buffer.alloc(32, n))]);
  return `ssh-ed25519 ${blob.toString("base64")}`;
});

const person = fc.constantFrom(...people);
const some = fc.subarray(keys);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom("list", "list", "whole"), person, some }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("refused", "unread"), person, some }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("activate"), person }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom("deactivate", "delete", "rename", "other"), person }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("copy", "restore", "restore") }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("accept", "end", "again", "free") }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("restart") }) },
);
interface Step {
  readonly do: string;
  readonly person?: Person;
  readonly some?: readonly string[];
}

let h: Harness;
beforeEach(async () => {
  h = await startHarness(["core/api"]);
});
afterEach(() => h.stop());

function inFile(): string[] {
  const database = new Database(h.config.access, { readonly: true });
  const rows = database
    .prepare(
      `SELECT account || ' ' || type || ' ' || blob || ' ' || ifnull((SELECT active FROM accounts
        WHERE accounts.account = keys.account), 'gone') AS line FROM keys ORDER BY 1`,
    )
    .all() as { line: string }[];
  database.close();
  return rows.map(({ line }) => line);
}

function release() {
  return h.release((draft) => {
    const attributes = { sshKeys: { type: "string", multiValued: true } };
    draft.connectors.okta.extensions = { hr: { schema: hr, attributes } };
    draft.connectors.okta.mapping.keys = "user.?hr.?sshKeys.orValue([])";
    draft.constraints.titled = { after: 'user.?title.orValue("") != "intern"', otherwise: "reject" };
  });
}

async function play(steps: readonly Step[]): Promise<void> {
  const copies = copiesOf(h);
  const given = await release();
  const digest = await h.deploy(given);
  let [hasCopy, hasEnded] = [false, false];
  const users = new Map<Person, string>();
  const names = new Map<Person, string>(people.map((who) => [who, who]));
  /** `person key` of what was taken away. */
  const lost = new Set<string>();
  const out = new Set<Person>();
  const done = ({ status }: Reply) => status < 300;
  const patch = (id: string, ...Operations: object[]) => h.scim("PATCH", `/Users/${id}`, { Operations });
  /** Notes what a list of keys says, by what is there then. */
  const listed = (who: Person, list: readonly string[], reply: Reply) => {
    if (!done(reply)) return;
    const there: string[] = reply.body?.[hr]?.sshKeys ?? [];
    for (const key of keys)
      if (!list.includes(key)) lost.add(`${who} ${key}`);
      else if (there.includes(key)) lost.delete(`${who} ${key}`);
  };
  const bodyOf = (who: Person, list: readonly string[], more: object = {}) => ({
    ...{ userName: `${names.get(who)}@example.com`, externalId: `id-${who}`, active: true, ...more },
    ...(list.length > 0 && { [hr]: { sshKeys: list } }),
  });
  const replace = (list: readonly string[]) => ({ op: "replace", path: `${hr}:sshKeys`, value: list });
  const change = async ({ do: what, person: who = "ada", some: list = [] }: Step) => {
    const id = users.get(who);
    if (what === "copy" && !hasEnded) {
      await h.restart(() => copies.backUp());
      hasCopy = true;
    } else if (what === "restore") {
      if (hasCopy) await copies.restore();
    } else if (what === "restart") {
      const before = inFile();
      await h.restart();
      expect(inFile()).toEqual(before);
    } else if (what === "end") {
      const active = (await h.admin("GET", "/release")).body?.digest;
      if (!active) return;
      await h.admin("DELETE", "/release", { headers: { "If-Match": `"${active}"` } });
      // the access file tells of nobody then, and a copy of before knows no better
      [hasCopy, hasEnded] = [false, true];
    } else if (what === "accept")
      await h.admin("PUT", "/release", {
        body: { release: given, origin: {}, accept: { from: digest, lose: 0 } },
        headers: { "If-None-Match": "*" },
      });
    else if (what === "again") {
      const body = { release: given, origin: {} };
      const reply = await h.admin("PUT", "/release", { body, headers: { "If-None-Match": "*" } });
      if (done(reply)) hasEnded = false;
    } else if (what === "free") {
      for (const { account } of (await h.admin("GET", "/owners")).body?.owners ?? [])
        await h.admin("DELETE", `/owners/${account}`, { token: h.tokens.approver });
    } else if (!id || what === "activate") {
      const reply = id
        ? await patch(id, { op: "replace", path: "active", value: true })
        : await h.scim("POST", "/Users", bodyOf(who, list));
      if (reply.status === 404) users.delete(who);
      if (!done(reply)) return;
      if (!id) listed(who, list, reply);
      users.set(who, reply.body.id);
      out.delete(who);
    } else if (what === "delete") {
      const reply = await h.scim("DELETE", `/Users/${id}`);
      if (!done(reply) && reply.status !== 404) return;
      users.delete(who);
      out.add(who);
      for (const key of keys) lost.add(`${who} ${key}`);
    } else if (what === "deactivate") {
      if (done(await patch(id, { op: "replace", path: "active", value: false }))) out.add(who);
    } else if (what === "rename") {
      const name = names.get(who) === who ? `${who}-x` : who;
      if (done(await patch(id, { op: "replace", path: "userName", value: `${name}@example.com` })))
        names.set(who, name);
    } else if (what === "other") await patch(id, { op: "replace", path: "externalId", value: "another" });
    else if (what === "list") listed(who, list, await patch(id, replace(list)));
    else if (what === "unread")
      listed(who, list, await patch(id, replace(list), { op: "add", path: "emails[", value: "x" }));
    else if (what === "refused")
      listed(who, list, await patch(id, replace(list), { op: "replace", path: "title", value: "intern" }));
    else {
      const reply = await h.scim("PUT", `/Users/${id}`, bodyOf(who, list));
      listed(who, list, reply);
      if (done(reply) && reply.body.active) out.delete(who);
    }
  };
  for (const one of steps) {
    await change(one);
    for (const line of inFile()) {
      const [account = "", type, blob, active] = line.split(" ");
      const who = account.split("-")[0] as Person;
      expect([line, active, out.has(who), lost.has(`${who} ${type} ${blob}`)]).toEqual([
        line,
        "1",
        false,
        false,
      ]);
    }
  }
}

test(`a key that was taken away lets nobody in before it is sent anew (seed ${seed})`, async () => {
  await fc.assert(
    fc
      .asyncProperty(fc.array(step, { minLength: 20, maxLength: 30 }), (steps) => play(steps))
      .afterEach(async () => {
        await h.stop();
        h = await startHarness(["core/api"]);
      }),
    { numRuns: runs, seed, endOnFailure: !process.env.HGSCIM_SHRINK },
  );
}, 300_000);
