/**
 * Two connectors, two logins, and random writes over time: no sequence hands an account to another person without an approver's word,
 * and the access file has who has it. HGSCIM_SEED=S plays the series of a seed again.
 */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isSoak } from "../../long.ts";
import { type ConnectorName, type TwoConnectors, twoConnectors } from "./two-connectors.ts";

const runs = isSoak ? 1_500 : 12;

let two: TwoConnectors;
let releases: Awaited<ReturnType<TwoConnectors["release"]>>[];
let active: { index: number; digest: string };
beforeAll(async () => {
  two = await twoConnectors();
  releases = [
    await two.release(),
    await two.release((draft) => {
      draft.connectors.okta.precedence = 2;
      draft.connectors.twin.precedence = 1;
    }),
  ];
  active = { index: 0, digest: await two.h.deploy(releases[0] as (typeof releases)[number]) };
});
afterAll(() => two.stop());

type Step =
  | { do: "create"; connector: ConnectorName; login: 0 | 1; person: "one" | "two" | "nobody" }
  | { do: "set"; active: boolean }
  | { do: "rename"; login: 0 | 1 }
  | { do: "delete" | "confirm" | "release" | "deploy" | "touch" };

const login = fc.constantFrom<0 | 1>(0, 0, 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("create" as const),
      connector: fc.constantFrom<ConnectorName>("okta", "twin"),
      login,
      person: fc.constantFrom("one" as const, "one" as const, "two" as const, "nobody" as const),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("set" as const), active: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("rename" as const), login }) },
  { weight: 4, arbitrary: fc.constantFrom<Step>({ do: "delete" }, { do: "confirm" }) },
  { weight: 2, arbitrary: fc.constantFrom<Step>({ do: "touch" }, { do: "deploy" }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: "release" }) },
);
const sequences = fc.array(fc.tuple(fc.nat({ max: 5 }), step), { minLength: 4, maxLength: 25, size: "max" });

interface Person {
  readonly id: string;
  readonly connector: ConnectorName;
  /** Who they are: by the externalId, or the resource alone. */
  readonly identity: string;
  isActive: boolean;
}

/** What the world knows beside the agent: who had an account last, and of which two an approver has said that they are one. */
class World {
  readonly people = new Map<string, Person>();
  readonly had = new Map<string, string>();
  readonly pairs = new Set<string>();

  check(account: string, id: string): void {
    const person = this.people.get(id);
    expect(person?.isActive, `${account} is ${id}'s, who is inactive`).toBe(true);
    const [last, now] = [this.had.get(account), person?.identity ?? ""];
    if (last !== undefined && last !== now)
      expect(this.pairs.has(pairOf(account, last, now)), `${account} was ${last}'s, and is ${now}'s`).toBe(
        true,
      );
    this.had.set(account, now);
  }

  confirm(account: string, id: string): void {
    const now = this.people.get(id)?.identity ?? "";
    const last = this.had.get(account);
    if (last !== undefined) this.pairs.add(pairOf(account, last, now));
    this.had.set(account, now);
  }

  release(account: string): void {
    this.had.delete(account);
    for (const pair of this.pairs) if (pair.startsWith(`${account} `)) this.pairs.delete(pair);
  }
}

const pairOf = (account: string, ...two: [string, string]) => [account, ...two.sort()].join(" ");

let sequence = 0;

test(`${runs} sequences`, async () => {
  const seed = Number(process.env.HGSCIM_SEED ?? Date.now() % 1_000_000);
  await fc.assert(
    fc.asyncProperty(sequences, async (steps) => {
      const tag = `q${++sequence}x`;
      const world = new World();
      for (const [which, one] of steps) {
        const people = [...world.people.values()];
        await play(one, people[which % Math.max(people.length, 1)], tag, world);
        await look(tag, world);
      }
      for (const { connector, id } of world.people.values())
        await two.scim(connector, "DELETE", `/Users/${id}`);
    }),
    { numRuns: runs, seed, endOnFailure: true, interruptAfterTimeLimit: 240_000 },
  );
}, 300_000);

async function play(one: Step, person: Person | undefined, tag: string, world: World): Promise<void> {
  const nameOf = (which: 0 | 1) => `${tag}${which === 0 ? "ada" : "bob"}@example.com`;
  const patch = (value: object) =>
    two.scim(person?.connector ?? "okta", "PATCH", `/Users/${person?.id}`, {
      Operations: [{ op: "replace", value }],
    });
  switch (one.do) {
    case "create": {
      const { connector, login } = one;
      const externalId = one.person === "nobody" ? {} : { externalId: `${tag}-${connector}-${one.person}` };
      const reply = await two.scim(connector, "POST", "/Users", { userName: nameOf(login), ...externalId });
      if (reply.status !== 201) return;
      const { id } = reply.body;
      const identity = one.person === "nobody" ? id : `${connector}-${one.person}`;
      world.people.set(id, { id, connector, identity, isActive: true });
      return;
    }
    case "deploy": {
      const index = 1 - active.index;
      const body = { release: releases[index], origin: {} };
      const reply = await two.h.admin("PUT", "/release", {
        body,
        headers: { "If-Match": `"${active.digest}"` },
      });
      if (reply.status === 200) active = { index, digest: reply.body.digest };
      // two of one connector who speak of one account do not fit
      else expect(reply.body.error.code).toBe("peopleDoNotFit");
      return;
    }
    case "confirm":
    case "release":
      return approve(one.do, tag, world);
  }
  if (!person) return;
  switch (one.do) {
    case "set":
      if ((await patch({ active: one.active })).status === 200) person.isActive = one.active;
      return;
    case "rename":
      await patch({ userName: nameOf(one.login) });
      return;
    case "touch":
      await patch({ title: `${Math.random()}` });
      return;
    case "delete":
      if ((await two.scim(person.connector, "DELETE", `/Users/${person.id}`)).status === 204)
        world.people.delete(person.id);
  }
}

/** An approver decides on the first account of the sequence that somebody waits for. */
async function approve(verb: "confirm" | "release", tag: string, world: World): Promise<void> {
  const { withheld } = (await two.h.admin("GET", "/owners")).body;
  const waits = withheld.find(({ account }: { account: string }) => account.startsWith(tag));
  if (!waits) return;
  const { account, user } = waits;
  const token = two.h.tokens.approver;
  const { status } =
    verb === "release"
      ? await two.h.admin("DELETE", `/owners/${account}`, { token })
      : await two.h.admin("POST", `/owners/${account}`, { token, body: { user } });
  if (status !== 204) return;
  if (verb === "release") world.release(account);
  world.confirm(account, user);
}

async function look(tag: string, world: World): Promise<void> {
  await two.having();
  const { accounts } = (await two.h.admin("GET", "/access")).body;
  for (const { account, user } of accounts) if (account.startsWith(tag)) world.check(account, user);
}
