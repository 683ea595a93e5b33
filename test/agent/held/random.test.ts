/**
 * Random requests, holds, words, releases and times at an agent and at a model of docs/holds.md: what is answered, what waits in
 * which order, and who has access are the same after each. `HGSCIM_SEED` plays one again, `HGSCIM_SOAK` more of them.
 */
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { HeldSummary } from "../../../api/contract.ts";
import { isSoak } from "../../long.ts";
import { type Harness, type Reply, startHarness } from "../harness.ts";
import { type Ask, groupNames, HoldModel, type Rules, type Said } from "./model.ts";
import { change, deployConstraints, held, letIn, members, waiting } from "./world.ts";

const runs = isSoak ? 500 : 3;

let h: Harness;
let now = Date.parse("2030-01-01T00:00:00Z");
beforeAll(async () => {
  h = await startHarness(["core/api"], {}, { clock: () => now });
});
afterAll(() => h.stop());

const constraints: Record<keyof Required<Rules>, object> = {
  titled: { require: 'user.?title.orValue("") != "x"' },
  "four-eyes": { separate: { groups: groupNames.map((name) => `okta/${name}`) } },
  mass: { limit: { deactivations: 1, per: "1h" } },
};

/** Releases by the constraints that they have. */
const releases: readonly Rules[] = [
  { titled: "hold", "four-eyes": "hold", mass: "hold" },
  { titled: "reject", "four-eyes": "hold", mass: "hold" },
  { "four-eyes": "hold", mass: "hold" },
  { titled: "hold", mass: "hold" },
  { titled: "hold", "four-eyes": "hold" },
];

const who = fc.nat(3);
const some = fc.uniqueArray(who, { maxLength: 2 });
const title = fc.constantFrom("x", "y", undefined);
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("hire" as const), who, title }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom("patch" as const, "put" as const),
      who,
      title,
      nick: fc.constantFrom("a", "b", undefined, undefined),
      active: fc.constantFrom(true, false, undefined, undefined),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("leave" as const), who }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("delete" as const), who }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant("members" as const), group: fc.nat(1), add: some, remove: some }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("all" as const), group: fc.nat(1), members: some }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("again" as const), back: fc.nat(4) }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constantFrom("approve" as const, "discard" as const), which: fc.nat(5) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("approve all" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("time" as const), hours: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("release" as const), which: fc.nat(4) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Whether whoever is held has no access meanwhile: by every other release. */
const suspends = (rules: Rules) => releases.findIndex((one) => same(one, rules)) % 2 === 0;
const same = (one: Rules, other: Rules) => JSON.stringify(one) === JSON.stringify(other);

/** The constraints of a release as its file has them. */
function declared(rules: Rules): object {
  const meanwhile = suspends(rules) ? "suspend" : "keep";
  return Object.fromEntries(
    Object.entries(rules).map(([name, otherwise]) => {
      const constraint = constraints[name as keyof Rules];
      return [name, otherwise === "hold" ? { ...held(constraint), meanwhile } : { ...constraint, otherwise }];
    }),
  );
}

function send(ask: Ask): Promise<Reply> {
  if (ask.to === "group") {
    const path = `/Groups/${ask.id}`;
    if (ask.verb === "PUT")
      return h.scim("PUT", path, {
        displayName: names.get(ask.id),
        members: ask.members.map((value) => ({ value })),
      });
    const parts = [
      ...(ask.add.length > 0 ? [members("add", ...ask.add)] : []),
      ...(ask.remove.length > 0 ? [members("remove", ...ask.remove)] : []),
    ];
    return h.scim("PATCH", path, change(...parts));
  }
  if (ask.verb === "DELETE") return h.scim("DELETE", `/Users/${ask.id}`);
  const named = (name: string) => ({ userName: `${name}@example.com`, externalId: `id-${name}` });
  if (ask.verb === "POST") return h.scim("POST", "/Users", { ...named(ask.name), title: ask.title });
  const { title, nick: nickName, active } = ask;
  if (ask.verb === "PUT")
    return h.scim("PUT", `/Users/${ask.id}`, { ...named(names.get(ask.id) ?? ""), title, nickName, active });
  const given = Object.entries({ title, nickName, active }).filter(([, value]) => value !== undefined);
  return h.scim(
    "PATCH",
    `/Users/${ask.id}`,
    change(...given.map(([path, value]) => ({ op: "replace", path, value }))),
  );
}

/** The names of what there is or was, by id. */
const names = new Map<string, string>();

const saidBy = ({ status, body }: Reply): Said => {
  if (status < 300) return "done";
  return body["urn:hgscim:scim:schemas:Held"] ? "held" : "refused";
};

/** However long it takes, the token is good. */
const deploy = (constraints: object) =>
  deployConstraints(h, constraints, (draft) => {
    delete draft.secrets["okta-token"].lifetime;
  });

/** What waits, as both can tell it. */
const told = ({
  operation,
  waits,
  removal,
  rules,
}: Pick<HeldSummary, "operation" | "waits" | "removal" | "rules">) =>
  `${operation} ${waits} ${removal ? "removal" : ""} ${rules}`;
const toldBy = (model: HoldModel) =>
  model.pending.map((one) => {
    const verb = { POST: "create", PATCH: "update", PUT: "update", DELETE: "delete" }[one.ask.verb];
    const { rules, isRemoval: removal } = one;
    return told({
      operation: `${one.ask.to}.${verb}`,
      waits: model.waitsFor(one),
      removal,
      rules: [...rules],
    });
  });

async function accessAtAgent(): Promise<string[]> {
  const { accounts } = (await h.admin("GET", "/access")).body;
  return accounts
    .map(
      ({ account, groups }: { account: string; groups: string[] }) =>
        `${account} ${groups.map((one) => one.replace("okta/", "")).sort()}`,
    )
    .sort();
}

interface Enforced {
  readonly accounts: { readonly account: string; readonly user: string }[];
  readonly suspended?: readonly string[];
}

/** Who is let in by the access file: all who have an account but for those whom a hold suspends. */
async function expectEnforced(): Promise<void> {
  const { accounts, suspended = [] }: Enforced = (await h.admin("GET", "/access")).body;
  expect(letIn(h)).toEqual(
    accounts.flatMap(({ account }) => (suspended.includes(account) ? [] : account)).sort(),
  );
  const holds = (await waiting(h)).filter((hold) => hold.suspends);
  const targets = new Set(holds.map(({ target }) => target));
  const isOfGroup = holds.some(({ operation }) => operation.startsWith("group."));
  const isHeld = ({ account, user }: Enforced["accounts"][number]) =>
    targets.has(user) || (isOfGroup && suspended.includes(account));
  expect(accounts.filter(isHeld).map(({ account }) => account)).toEqual(suspended);
}

/** What is so by and by: the agent judges again beside its requests. */
async function expectSame(model: HoldModel): Promise<void> {
  const wanted = { waits: toldBy(model), access: model.access };
  const deadline = Date.now() + 5_000;
  for (;;) {
    const found = { waits: (await waiting(h)).map(told), access: await accessAtAgent() };
    if (JSON.stringify(found) === JSON.stringify(wanted)) return;
    if (Date.now() > deadline) return expect(found).toEqual(wanted);
    await sleep(5);
  }
}

/** The ids of the users that there are. */
async function usersThere(model: HoldModel): Promise<string[]> {
  const { Resources = [] } = (await h.scim("GET", "/Users")).body;
  for (const { id, userName } of Resources) {
    const name = String(userName).split("@")[0] ?? "";
    names.set(id, name);
    model.called(name, id);
  }
  return Resources.map(({ id }: { id: string }) => id);
}

function askOf(one: Step, users: readonly string[], groups: readonly string[]): Ask | undefined {
  const ids = (which: readonly number[]) => [
    ...new Set(which.flatMap((place) => (users.length > 0 ? (users[place % users.length] ?? []) : []))),
  ];
  switch (one.do) {
    case "hire":
      return {
        to: "user",
        verb: "POST",
        name: `u${one.who}`,
        ...(one.title !== undefined && { title: one.title }),
      };
    case "patch":
    case "put": {
      const [id] = ids([one.who]);
      const { title, nick, active } = one;
      const parts = {
        ...(title !== undefined && { title }),
        ...(nick !== undefined && { nick }),
        ...(active !== undefined && { active }),
      };
      if (id === undefined || (one.do === "patch" && Object.keys(parts).length === 0)) return undefined;
      return { to: "user", verb: one.do === "put" ? "PUT" : "PATCH", id, ...parts };
    }
    case "leave": {
      const [id] = ids([one.who]);
      return id === undefined ? undefined : { to: "user", verb: "PATCH", id, active: false };
    }
    case "delete": {
      const [id] = ids([one.who]);
      return id === undefined ? undefined : { to: "user", verb: "DELETE", id };
    }
    case "members": {
      const add = ids(one.add);
      const remove = ids(one.remove).filter((id) => !add.includes(id));
      const id = groups[one.group] ?? "";
      return add.length + remove.length === 0 ? undefined : { to: "group", verb: "PATCH", id, add, remove };
    }
    case "all":
      return { to: "group", verb: "PUT", id: groups[one.group] ?? "", members: ids(one.members) };
    default:
      return undefined;
  }
}

async function decide(model: HoldModel, which: number, decision: "approve" | "discard"): Promise<void> {
  const list = await waiting(h);
  if (list.length === 0) return;
  const place = which % list.length;
  const { id = "", fingerprint = "" } = list[place] ?? {};
  const wait = model.pending[place];
  if (!wait) throw new Error("the model has no such hold");
  const said = model.byWord(() => (decision === "approve" ? model.approve(wait) : model.discard(wait)));
  const body = { decision, reason: "x", fingerprint };
  const reply = await h.admin("POST", `/held/${id}`, { token: h.tokens.approver, body });
  expect([decision, reply.status < 300 ? "done" : "refused", reply.body]).toEqual([
    decision,
    said,
    reply.body,
  ]);
  model.settle();
}

async function approveAll(model: HoldModel): Promise<void> {
  const list = await waiting(h);
  if (list.length === 0) return;
  const seen = model.pending.map((wait) => [wait, model.version(wait)] as const);
  const said = model.byWord(() => seen.map(([wait, version]) => model.approve(wait, version)));
  const holds = list.map(({ id, fingerprint }) => ({ id, fingerprint }));
  const body = { decision: "approve", reason: "x", holds };
  const reply = await h.admin("POST", "/held", { token: h.tokens.approver, body });
  const done = reply.body.results.map((one: object) => ("error" in one ? "refused" : "done"));
  expect([done, reply.body]).toEqual([said, reply.body]);
  model.settle();
}

/** Nobody is left, nothing waits, and no name is reserved. */
async function clear(): Promise<void> {
  now += 2 * 3_600_000;
  await deploy({});
  for (const kind of ["Users", "Groups"])
    for (const { id } of (await h.scim("GET", `/${kind}`)).body.Resources ?? [])
      await h.scim("DELETE", `/${kind}/${id}`);
  for (const { id, fingerprint } of await waiting(h))
    await h.admin("POST", `/held/${id}`, {
      token: h.tokens.approver,
      body: { decision: "discard", reason: "x", fingerprint },
    });
  for (const { account } of (await h.admin("GET", "/owners")).body.owners)
    await h.admin("DELETE", `/owners/${account}`, { token: h.tokens.approver });
}

/** Meets all that is answered, whatever comes by chance. */
const everyAnswer: Step[] = [
  { do: "hire", who: 0, title: "y" },
  { do: "hire", who: 1, title: "y" },
  { do: "hire", who: 2, title: "y" },
  { do: "hire", who: 3, title: "x" },
  { do: "patch", who: 0, title: undefined, nick: "a", active: undefined },
  { do: "patch", who: 1, title: "x", nick: undefined, active: undefined },
  { do: "put", who: 2, title: "x", nick: undefined, active: undefined },
  { do: "delete", who: 0 },
  { do: "delete", who: 0 },
  { do: "release", which: 1 },
  { do: "patch", who: 1, title: "x", nick: undefined, active: undefined },
];

/** What is answered to each kind of request: all of it is met. */
const answers = [
  ...["POST held", "PATCH held", "PUT held", "DELETE held", "PATCH done", "DELETE done", "PATCH refused"],
];

test(`a sequence with each kind of answer, and ${runs} of requests, words, releases and times by chance`, async () => {
  const seen = new Set<string>();
  const seed = Number(process.env.HGSCIM_SEED ?? Date.now() & 0x7fffffff);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
      await clear();
      const [first = {}] = releases;
      await deploy(declared(first));
      const model = new HoldModel(first, now);
      const groups: string[] = [];
      for (const name of groupNames) {
        const { id } = (await h.scim("POST", "/Groups", { displayName: name })).body;
        groups.push(id);
        names.set(id, name);
        model.found(name, id);
      }
      const asked: Ask[] = [];
      // who may have access, and be in a group, by what was asked for since it was taken away the last time
      const let_ = new Map<string, boolean>();
      for (const one of steps) {
        const users = await usersThere(model);
        const ask = one.do === "again" ? asked.at(-1 - one.back) : askOf(one, users, groups);
        if (ask) {
          asked.push(ask);
          const reply = await send(ask);
          const created = ask.verb === "POST" && reply.status === 201 ? reply.body.id : "nobody";
          if (created !== "nobody") names.set(created, (ask as { name: string }).name);
          const said = model.ask(ask, created);
          seen.add(`${ask.verb} ${said}`);
          expect([ask, saidBy(reply), reply.body]).toEqual([ask, said, reply.body]);
          noteAsked(let_, ask, said);
        } else if (one.do === "approve" || one.do === "discard") await decide(model, one.which, one.do);
        else if (one.do === "approve all") await approveAll(model);
        else if (one.do === "time") {
          now += one.hours * 3_600_000;
          model.pass(one.hours * 3_600_000);
        } else if (one.do === "release") {
          const rules = releases[one.which] ?? {};
          if (!same(rules, model.rules)) {
            await deploy(declared(rules));
            model.deploy(rules);
          }
        }
        await expectSame(model);
        await expectEnforced();
        await usersThere(model);
        for (const line of model.access) {
          const name = line.split(" ")[0] ?? "";
          expect([name, let_.get(name)]).toEqual([name, true]);
        }
      }
    }),
    { numRuns: 1 + runs, seed, examples: [[everyAnswer]] },
  );
  expect(answers.filter((answer) => !seen.has(answer))).toEqual([]);
}, 3_600_000);

/** Whoever was said to be active may have access from then on; who was taken out, not until that is said again. */
function noteAsked(let_: Map<string, boolean>, ask: Ask, said: Said): void {
  if (ask.to !== "user") return;
  const name = ask.verb === "POST" ? ask.name : (names.get(ask.id) ?? "");
  if (ask.verb === "POST") let_.set(name, true);
  else if (ask.verb === "DELETE") {
    if (said === "done") let_.set(name, false);
  } else if (ask.active === true) let_.set(name, true);
  else if (ask.active === false && said === "done") let_.set(name, false);
}
