/**
 * Two people, one login, and random writes of a provider over time: nobody ever has access by an account that another
 * identity owned, nor by the memberships of another, unless an approver said so; and nobody who was removed keeps a right.
 * HGSCIM_SEED=S plays the series of a seed again.
 */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isSoak } from "../../long.ts";
import { type Harness, type ReleaseShape, type Reply, startHarness } from "../harness.ts";

const runs = isSoak ? 1_500 : 20;

const anyBounds = (release: ReleaseShape) => {
  release.settings.bounds = { lose: "100%", above: 0, protected: [] };
};

let h: Harness;
let group: string;
let releases: Awaited<ReturnType<Harness["release"]>>[];
let active: { index: number; digest: string };
beforeAll(async () => {
  h = await startHarness(["core/api"]);
  releases = [
    await h.release(anyBounds),
    await h.release((release) => {
      release.connectors.okta.mapping.account = '"hg-" + user.userName.split("@")[0].lowerAscii()';
      anyBounds(release);
    }),
  ];
  active = { index: 0, digest: await h.deploy(releases[0] as (typeof releases)[number]) };
  group = (await h.scim("POST", "/Groups", { displayName: "core-team" })).body.id;
});
afterAll(() => h.stop());

/** Which of the two a write is about; nobody is one without an externalId, a name is one that proves nothing. */
type Person = "one" | "two" | "nobody" | "a name";
type Step =
  | { do: "create" | "put"; login: 0 | 1; person: Person; active?: boolean }
  | { do: "patch"; active?: boolean; person?: Person; login?: 0 | 1 }
  | { do: "forget externalId" | "delete" | "join" | "leave" | "release" | "confirm" | "deploy" };

const person = fc.constantFrom<Person>("one", "one", "two", "two", "nobody", "a name");
const login = fc.constantFrom<0 | 1>(0, 0, 0, 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("create" as const), login, person }) },
  {
    weight: 6,
    arbitrary: fc.record(
      { do: fc.constant("put" as const), login, person, active: fc.boolean() },
      { requiredKeys: ["do", "login", "person"] },
    ),
  },
  {
    weight: 8,
    arbitrary: fc.record(
      { do: fc.constant("patch" as const), active: fc.boolean(), person, login },
      { requiredKeys: ["do"] },
    ),
  },
  { weight: 3, arbitrary: fc.constant<Step>({ do: "delete" }) },
  { weight: 3, arbitrary: fc.constantFrom<Step>({ do: "join" }, { do: "leave" }) },
  { weight: 3, arbitrary: fc.constant<Step>({ do: "forget externalId" }) },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ do: "release" }, { do: "confirm" }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: "deploy" }) },
);
const sequences = fc.array(fc.tuple(fc.nat({ max: 3 }), step), { minLength: 3, maxLength: 25, size: "max" });

/** What the world knows, beside the agent: who a resource was said to be, first and last, since an approver's last word. */
class World {
  readonly #said = new Map<string, { readonly first: string; readonly last: string }>();
  /** Who had an account last: the resource, and who it was said to be. */
  readonly #had = new Map<string, { readonly id: string; readonly person: string | undefined }>();
  readonly inactive = new Set<string>();
  readonly members = new Set<string>();

  say(id: string, person: Person | undefined): void {
    // who sends no externalId any more is still who they said to be
    if (person === "one" || person === "two")
      this.#said.set(id, { first: this.#said.get(id)?.first ?? person, last: person });
  }

  /** The user is who they are said to be now, and the account is theirs. */
  approve(id: string, account: string): void {
    const { last: person } = this.#said.get(id) ?? {};
    if (person !== undefined) this.#said.set(id, { first: person, last: person });
    this.#had.delete(account);
  }

  /** Somebody has access by an account: may they? */
  check(account: string, id: string): void {
    const { first, last: person } = this.#said.get(id) ?? {};
    expect(person, `${account} is user ${id}'s, who was another`).toBe(first);
    const last = this.#had.get(account);
    if (last && last.id !== id) {
      expect(person, `${account} was ${last.id}'s (${last.person}), and is ${id}'s`).toBeDefined();
      expect(person).toBe(last.person);
    }
    this.#had.set(account, { id, person });
    // who had another name before they were known is known by it now: they never were without access
    for (const [name, had] of this.#had)
      if (had.id === id && had.person === undefined) this.#had.set(name, { id, person });
    expect(this.inactive.has(id), `${account} is inactive`).toBe(false);
  }
}

let sequence = 0;

test(`${runs} sequences`, async () => {
  const seed = Number(process.env.HGSCIM_SEED ?? Date.now() % 1_000_000);
  await fc.assert(
    fc.asyncProperty(sequences, async (steps) => {
      const tag = `s${++sequence}x`;
      const world = new World();
      const logins = [`${tag}alice`, `${tag}bob`] as const;
      const ids: string[] = [];
      for (const [which, one] of [[0, { do: "create", login: 0, person: "one" }] as const, ...steps]) {
        await play(one, ids[which % Math.max(ids.length, 1)] ?? "", ids, logins, tag, world);
        await look(tag, world);
      }
      for (const id of ids) await h.scim("DELETE", `/Users/${id}`);
    }),
    { numRuns: runs, seed, interruptAfterTimeLimit: 240_000 },
  );
}, 300_000);

/** Does one step, and notes in the world what was accepted. */
async function play(
  one: Step,
  id: string,
  ids: string[],
  logins: readonly [string, string],
  tag: string,
  world: World,
): Promise<void> {
  const userName = (which: 0 | 1) => `${logins[which]}@example.com`;
  const externalId = (who: Person, which: 0 | 1) =>
    who === "nobody" ? {} : { externalId: who === "a name" ? userName(which) : `${tag}-${who}` };
  const toGroup = (operation: object) => h.scim("PATCH", `/Groups/${group}`, { Operations: [operation] });
  const note = ({ body }: Reply, who: Person | undefined) => {
    world.say(body.id, who);
    if (body.active) world.inactive.delete(body.id);
    else world.inactive.add(body.id);
  };
  switch (one.do) {
    case "create": {
      const body = { userName: userName(one.login), ...externalId(one.person, one.login) };
      const reply = await h.scim("POST", "/Users", body);
      if (reply.status !== 201) return;
      ids.push(reply.body.id);
      return note(reply, one.person);
    }
    case "put": {
      const { active } = one;
      const body = { userName: userName(one.login), ...externalId(one.person, one.login) };
      const reply = await h.scim("PUT", `/Users/${id}`, active === undefined ? body : { ...body, active });
      return reply.status === 200 ? note(reply, one.person) : undefined;
    }
    case "patch": {
      const value = {
        ...(one.active !== undefined && { active: one.active }),
        ...(one.login !== undefined && { userName: userName(one.login) }),
        ...(one.person && externalId(one.person, one.login ?? 0)),
      };
      if (Object.keys(value).length === 0) return;
      const reply = await h.scim("PATCH", `/Users/${id}`, { Operations: [{ op: "replace", value }] });
      return reply.status === 200 ? note(reply, doneWith(reply, tag)) : undefined;
    }
    case "forget externalId":
      await h.scim("PATCH", `/Users/${id}`, { Operations: [{ op: "remove", path: "externalId" }] });
      return;
    case "delete":
      if ((await h.scim("DELETE", `/Users/${id}`)).status !== 204) return;
      ids.splice(ids.indexOf(id), 1);
      world.members.delete(id);
      return;
    case "join": {
      const reply = await toGroup({ op: "add", path: "members", value: [{ value: id }] });
      if (reply.status < 300) world.members.add(id);
      return;
    }
    case "leave": {
      const reply = await toGroup({ op: "remove", path: `members[value eq "${id}"]` });
      if (reply.status < 300) world.members.delete(id);
      return;
    }
    case "deploy": {
      const index = 1 - active.index;
      const digest = await h.deploy(releases[index] as (typeof releases)[number], active.digest);
      active = { index, digest };
      return;
    }
    default:
      return approve(one.do, tag, world);
  }
}

/** Who the user is said to be, by the answer. */
function doneWith({ body }: Reply, tag: string): Person | undefined {
  return body.externalId === `${tag}-one` ? "one" : body.externalId === `${tag}-two` ? "two" : undefined;
}

/** An approver decides on the first account of the sequence that somebody waits for. */
async function approve(verb: "release" | "confirm", tag: string, world: World): Promise<void> {
  const { withheld } = (await h.admin("GET", "/owners")).body;
  const waiting = withheld.find(({ account }: { account: string }) => account.includes(tag));
  if (!waiting) return;
  const { account, user } = waiting;
  const token = h.tokens.approver;
  const { status } =
    verb === "release"
      ? await h.admin("DELETE", `/owners/${account}`, { token })
      : await h.admin("POST", `/owners/${account}`, { token, body: { user } });
  if (status !== 204) return;
  world.approve(user, account);
  if (verb === "release") world.members.delete(user);
}

/** Compares who has access with who may have it, in the access file and by the rules alike. */
async function look(tag: string, world: World): Promise<void> {
  const { accounts, access } = (await h.admin("GET", "/access")).body;
  const file = h.accessFile();
  const isOurs = (text: string) => text.includes(tag);
  const owned = accounts.filter(({ account }: { account: string }) => isOurs(account));
  expect((file.accounts as string[]).filter((row) => isOurs(row) && row.endsWith(",1"))).toEqual(
    owned.map(({ account }: { account: string }) => `${account},1`).sort(),
  );
  for (const { account, user } of owned) {
    world.check(account, user);
    const rights = access.some((right: { account: string }) => right.account === account);
    expect(rights, `${account} in core-team`).toBe(world.members.has(user));
  }
}
