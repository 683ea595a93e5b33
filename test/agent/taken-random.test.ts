/**
 * Whatever identity providers mix into one request: nobody whom an accepted request removes or deactivates keeps a right, no
 * request that takes something away is refused for what stands beside it, and what is refused has changed nothing.
 */
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { rehearse, type Stage } from "../../agent/operations/rehearsal.ts";
import { operationAt, type WriteRequest } from "../../agent/scim/address.ts";
import { loadEnvironment } from "../../model/load.ts";
import { Release } from "../../model/release.ts";
import type { Json, JsonObject } from "../../scim/json.ts";
import { isSoak } from "../long.ts";

let release: Release;
beforeAll(async () => {
  const loaded = await loadEnvironment("environments/local.yaml");
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  release = Release.parse({
    ...loaded.value.release,
    constraints: {
      // what stops no removal
      sir: { require: '!has(user.title) || user.title != "Sir"' },
      joins: { on: ["member.add"], require: '!user.userName.startsWith("u4")' },
      separate: { separate: { groups: ["okta/core-team", "okta/docs-team"] } },
    },
  });
});

const people = 5;
const groupNames = ["core-team", "docs-team"];
const one = <T>(...values: T[]) => fc.constantFrom(...values);
const person = fc.nat(people - 1);

/** A member as it is sent: a person by number, somebody whom the store does not know, or what is no user at all. */
const member = fc.oneof(
  { arbitrary: person.map((place): number | "stranger" | "unclear" => place), weight: 6 },
  { arbitrary: one("stranger" as const, "unclear" as const), weight: 1 },
);
type Member = number | "stranger" | "unclear";
const some = fc.uniqueArray(member, { maxLength: 4 });

/** What is sent beside, and takes nothing away: some of it is refused, some ignored, some done. */
const besideMembers: fc.Arbitrary<JsonObject> = one<JsonObject>(
  { op: "replace", path: "displayName", value: 7 },
  { op: "replace", value: { displayName: "docs-team" } },
  { op: "remove", path: "displayName" },
  { op: "add", path: "costs", value: 1 },
  { op: "add", path: "urn:ietf:params:scim:schemas:core:2.0:Group:costs", value: 1 },
  { op: "add", path: "members[", value: 1 },
  { op: "remove", path: 'members[display eq "x"]' },
  { op: "add", path: "externalId" },
  { op: "replace", path: "externalId", value: "x" },
  { op: "remove" },
);
const besideActive: fc.Arbitrary<JsonObject> = one<JsonObject>(
  { op: "replace", path: "title", value: {} },
  { op: "replace", path: "title", value: "Sir" },
  { op: "replace", path: "title", value: "Dr" },
  { op: "Add", path: "urn:ietf:params:scim:schemas:core:2.0:User:costGroup", value: "7" },
  { op: "add", path: "a b", value: "7" },
  { op: "replace", path: "userName", value: "Taken@example.com" },
  { op: "replace", path: "userName", value: "!@example.com" },
  { op: "remove", path: "userName" },
  { op: "replace", path: "active", value: "perhaps" },
  { op: "replace", path: 'emails[type eq "x"]', value: { value: "y" } },
  { op: "add", value: { emails: 7, nickName: "x" } },
  { op: "replace", path: "id", value: "x" },
);

const membersOp = fc.oneof(
  fc.record({
    do: one("add" as const, "remove" as const, "replace" as const),
    ids: some,
    pathless: fc.boolean(),
  }),
  fc.record({ do: one("one" as const), ids: fc.tuple(member) }),
  fc.record({ do: one("all" as const) }),
  besideMembers.map((operation) => ({ do: "beside" as const, operation })),
);
const activeOp = fc.oneof(
  fc.record({
    do: one("active" as const),
    value: one<Json>(true, false, "False", "true", [{ $ref: null, value: "False" }]),
    pathless: fc.boolean(),
  }),
  fc.record({ do: one("active" as const), value: one<Json>(false, null), pathless: fc.boolean() }),
  besideActive.map((operation) => ({ do: "beside" as const, operation })),
);
type MembersOp = typeof membersOp extends fc.Arbitrary<infer T> ? T : never;
type ActiveOp = typeof activeOp extends fc.Arbitrary<infer T> ? T : never;

const isBroken = fc.integer({ min: 0, max: 19 }).map((n) => n === 0);
const steps = fc.array(
  fc.oneof(
    fc.record({
      step: one("patch group" as const),
      which: fc.nat(1),
      ops: fc.array(membersOp, { minLength: 1, maxLength: 4 }),
      isBroken,
    }),
    fc.record({
      step: one("put group" as const),
      which: fc.nat(1),
      members: some,
      name: one<Json>(null, 7, "core-team", "docs-team"),
    }),
    fc.record({
      step: one("patch user" as const),
      who: person,
      ops: fc.array(activeOp, { minLength: 1, maxLength: 4 }),
      isBroken,
    }),
    fc.record({
      step: one("put user" as const),
      who: person,
      active: one<Json>(true, false, "False", "perhaps"),
      title: one<Json>("Dr", "Sir", 7),
      named: fc.boolean(),
    }),
  ),
  { minLength: 10, maxLength: 40 },
);
type Step = typeof steps extends fc.Arbitrary<(infer T)[]> ? T : never;

/** What is there: who is active, and who is in which group. */
interface World {
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly active: ReadonlySet<number>;
  readonly members: readonly ReadonlySet<number>[];
}

const nobody = "00000000-0000-0000-0000-000000000000";

function requestOf(step: Step, { users, groups }: World): WriteRequest {
  const value = (who: Member): Json =>
    who === "stranger" ? { value: nobody } : who === "unclear" ? { value: 7 } : { value: users[who] ?? "" };
  const jump = "isBroken" in step && step.isBroken ? [{ op: "jump" }] : [];
  switch (step.step) {
    case "patch group": {
      const operation = (op: MembersOp): JsonObject => {
        if (op.do === "beside") return op.operation;
        if (op.do === "all") return { op: "remove", path: "members" };
        // a filter names an id, whosesoever it is
        if (op.do === "one") {
          const [who] = op.ids;
          return {
            op: "remove",
            path: `members[value eq "${typeof who === "number" ? users[who] : nobody}"]`,
          };
        }
        const values = op.ids.map(value);
        return op.pathless && op.do !== "remove"
          ? { op: op.do, value: { members: values } }
          : { op: op.do, path: "members", value: values };
      };
      const Operations = [...step.ops.map(operation), ...jump];
      return { method: "PATCH", path: `/Groups/${groups[step.which]}`, body: { Operations } };
    }
    case "put group": {
      const displayName = step.name ?? groupNames[step.which] ?? "";
      const body = { displayName, members: step.members.map(value) };
      return { method: "PUT", path: `/Groups/${groups[step.which]}`, body };
    }
    case "patch user": {
      const operation = (op: ActiveOp): JsonObject =>
        op.do === "beside"
          ? op.operation
          : op.pathless
            ? { op: "replace", value: { active: op.value } }
            : { op: "Replace", path: "active", value: op.value };
      const Operations = [...step.ops.map(operation), ...jump];
      return { method: "PATCH", path: `/Users/${users[step.who]}`, body: { Operations } };
    }
    case "put user": {
      const { active, title } = step;
      const body = { userName: step.named ? `u${step.who}@example.com` : "", active, title };
      return { method: "PUT", path: `/Users/${users[step.who]}`, body };
    }
  }
}

/** Whom a request makes inactive. */
function deactivatedBy(step: Step, { active }: World): number | undefined {
  const off = (value: Json) => JSON.stringify(value).toLowerCase().includes("false") || value === null;
  const on = (value: Json) => String(value) === "true";
  let says: boolean | undefined;
  if (step.step === "put user" && off(step.active)) says = false;
  if (step.step === "patch user")
    for (const op of step.ops)
      if (op.do === "active") says = on(op.value) ? true : off(op.value) ? false : says;
  const isStopped = "isBroken" in step && step.isBroken;
  return "who" in step && says === false && !isStopped && active.has(step.who) ? step.who : undefined;
}

/** The members of a group by what a request says of them, one operation after the other; and whom it takes out. */
function membersBy(step: Step, world: World): { after: Set<number>; taken: Set<number> } | undefined {
  if (step.step !== "patch group" && step.step !== "put group") return undefined;
  const present = world.members[step.which] ?? new Set();
  const ops: readonly MembersOp[] =
    step.step === "put group" ? [{ do: "replace", ids: step.members, pathless: false }] : step.ops;
  if (step.step === "patch group" && step.isBroken) return { after: new Set(present), taken: new Set() };
  const known = (ids: readonly Member[]) => ids.filter((id) => typeof id === "number");
  const fold = (only: (op: MembersOp) => boolean) => {
    let now = new Set(present);
    for (const op of ops) {
      if (!only(op)) continue;
      if (op.do === "all" || op.do === "replace") now = new Set();
      if (op.do === "add" || op.do === "replace") for (const id of known(op.ids)) now.add(id);
      if (op.do === "remove" || op.do === "one") for (const id of known(op.ids)) now.delete(id);
    }
    return now;
  };
  const named = ops.flatMap((op) => (op.do === "add" || op.do === "replace" ? op.ids : []));
  const isOfHere = named.length === 0 || known(named).length > 0;
  const after = fold(() => isOfHere);
  const without = isOfHere ? after : fold((op) => op.do === "all" || op.do === "remove" || op.do === "one");
  return { after, taken: new Set([...present].filter((id) => !without.has(id))) };
}

async function rightsOn(stage: Stage): Promise<string[]> {
  const { accounts } = await stage.population();
  return [...accounts.values()].map(({ name, groups }) => `${name}: ${[...groups].sort().join(" ")}`).sort();
}

/** What the world says that the agent must. */
function rightsIn({ active, members }: World): string[] {
  return [...active]
    .map((who) => {
      const groups = groupNames.filter((_, place) => members[place]?.has(who)).map((name) => `okta/${name}`);
      return `u${who}: ${groups.sort().join(" ")}`;
    })
    .sort();
}

test("what a request takes away is gone, or nothing has changed", async () => {
  const rehearsal = await rehearse(release);
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(steps, (all) =>
      rehearsal.play(Date.now(), async (stage) => {
        let world = await begin(stage);
        for (const step of all) {
          const operation = operationAt(requestOf(step, world), { actor: "scim:okta", connector: "okta" });
          if (!operation) throw new Error("no operation");
          const outcome = await stage.perform(operation);
          const leaver = deactivatedBy(step, world);
          const change = membersBy(step, world);
          const takes = leaver !== undefined || (change?.taken.size ?? 0) > 0;
          const kind = outcome.kind !== "done" ? "refused" : outcome.undone ? "partly" : "done";
          seen.set(`${step.step} ${kind}`, (seen.get(`${step.step} ${kind}`) ?? 0) + 1);
          if (takes) expect(kind, JSON.stringify([step, outcome])).not.toBe("refused");
          if (kind === "partly") {
            expect(takes).toBe(true);
            world = {
              ...world,
              active: without(world.active, leaver === undefined ? [] : [leaver]),
              members: world.members.map((ids, place) =>
                change && "which" in step && place === step.which ? without(ids, [...change.taken]) : ids,
              ),
            };
          } else if (kind === "done") {
            const isActive = outcome.kind === "done" && activeIn(outcome.resource);
            world = {
              ...world,
              active:
                "who" in step
                  ? new Set(isActive ? [...world.active, step.who] : without(world.active, [step.who]))
                  : world.active,
              members: world.members.map((ids, place) =>
                change && "which" in step && place === step.which ? change.after : ids,
              ),
            };
            if (leaver !== undefined) expect(world.active.has(leaver)).toBe(false);
          }
          expect(await rightsOn(stage), JSON.stringify(step)).toEqual(rightsIn(world));
        }
      }),
    ),
    { numRuns: isSoak ? 2_000 : 50 },
  );
  await rehearsal.close();
  // or this would say nothing
  for (const step of ["patch group", "put group", "patch user", "put user"])
    for (const kind of ["done", "partly", "refused"])
      expect(seen.get(`${step} ${kind}`), `${step} ${kind}`).toBeGreaterThan(0);
}, 600_000);

const without = (all: ReadonlySet<number>, some: readonly number[]) =>
  new Set([...all].filter((id) => !some.includes(id)));

function activeIn(row: { readonly resource: string } | null): boolean {
  return row !== null && (JSON.parse(row.resource) as JsonObject).active === true;
}

/** Everybody is active; some are in the groups. */
async function begin(stage: Stage): Promise<World> {
  const users: string[] = [];
  // whose name nobody else can have
  await stage.add({
    connector: "okta",
    groups: [],
    resource: { userName: "taken@example.com", active: false },
  });
  for (let who = 0; who < people; who++) {
    const added = await stage.add({
      connector: "okta",
      groups: [groupNames[who % 3] ?? "lunch"],
      resource: { userName: `u${who}@example.com` },
    });
    if (added.kind !== "done") throw new Error(added.detail);
    users.push(added.resource.id);
  }
  const groups: string[] = [];
  for (const name of groupNames) {
    const group = await stage.addGroup("okta", name);
    if (group.kind !== "done") throw new Error(group.detail);
    groups.push(group.resource.id);
  }
  return { users, groups, active: new Set([0, 1, 2, 3, 4]), members: [new Set([0, 3]), new Set([1, 4])] };
}
