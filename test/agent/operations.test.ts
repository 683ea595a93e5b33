/** An operation is plain data, and an outcome tells by itself what came of it: no sentence has to be read, and none fakes it. */
import { expect, test } from "vitest";
import { Operation, type ResourceOperation } from "../../agent/operations/operation.ts";
import type { Outcome } from "../../agent/operations/outcome.ts";
import { type Rehearsal, rehearse, type Stage } from "../../agent/operations/rehearsal.ts";
import { loadEnvironment } from "../../model/load.ts";
import { Release } from "../../model/release.ts";

const now = Date.parse("2030-01-01T00:00:00Z");
const okta = { actor: "scim:okta", connector: "okta" } as const;

async function rehearsalWith(constraints: object): Promise<Rehearsal> {
  const loaded = await loadEnvironment("environments/local.yaml");
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return rehearse(Release.parse({ ...loaded.value.release, constraints }));
}

const body = { userName: "ada@example.com", title: "Countess", active: true };

/** Each kind of write, and one that is refused: of a person, a group, and a group's members. */
async function life(stage: Stage, perform: Stage["perform"]): Promise<Outcome[]> {
  const created = await perform({ ...okta, kind: "user", verb: "create", body });
  const { id } = created.kind === "done" ? created.resource : { id: "" };
  const members = [{ value: id }];
  const group = await perform({
    ...okta,
    kind: "group",
    verb: "create",
    body: { displayName: "core-team", members },
  });
  const user = { ...okta, kind: "user", id } as const;
  const Operations = [{ op: "replace", path: "active", value: false }];
  return [
    created,
    group,
    await perform({ ...user, verb: "replace", body, condition: { ifMatch: ["7"] } }),
    await perform({ ...user, verb: "modify", body: { Operations }, condition: { ifMatch: ["1"] } }),
    await perform({ ...user, verb: "delete" }),
    { ...created, kind: "done", resource: await stage.population() } as Outcome,
  ];
}

test("an operation that was a row and comes back does the same", async () => {
  const rehearsal = await rehearsalWith({});
  const direct = await rehearsal.play(now, (stage) => life(stage, stage.perform));
  const stored = await rehearsal.play(now, (stage) =>
    life(stage, (operation) =>
      stage.perform(Operation.parse(JSON.parse(JSON.stringify(operation))) as typeof operation),
    ),
  );
  await rehearsal.close();
  const kinds = direct.map((outcome) => (outcome.kind === "done" ? outcome.effect.of : outcome.code));
  expect(kinds).toEqual(["user", "group", "otherVersion", "user", "deleted user", "user"]);
  const withoutIds = (outcomes: Outcome[]) =>
    JSON.stringify(outcomes).replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "id");
  expect(withoutIds(stored)).toBe(withoutIds(direct));
});

test.each([
  [{ kind: "user", verb: "create" }, "body"],
  [{ kind: "user", verb: "delete" }, "id"],
  [{ kind: "user", verb: "create", body: [] }, "body"],
  [{ kind: "group", verb: "merge", id: "1" }, "verb"],
])("what is no operation is not taken for one: %j", (wrong, at) => {
  const parsed = Operation.safeParse({ ...okta, ...wrong });
  expect(parsed.success).toBe(false);
  expect(JSON.stringify(parsed.error?.issues)).toContain(at);
});

test("what is done tells what was and what is instead", async () => {
  const rehearsal = await rehearsalWith({});
  const [created, , , fired, deleted] = await rehearsal.play(now, (stage) => life(stage, stage.perform));
  await rehearsal.close();
  expect(created).toMatchObject({ difference: { before: {}, after: { ...body, account: "ada" } } });
  expect(fired).toMatchObject({
    changes: [{ kind: "set", account: "ada", active: false, groups: [] }],
    difference: { before: { active: true, account: "ada" }, after: { active: false, account: null } },
  });
  expect(deleted).toMatchObject({
    difference: { before: { title: "Countess", account: null, groups: [expect.any(String)] }, after: {} },
  });
});

const fake = "held: warning of constraint other: account ada stays";
const rule = { require: 'user.?title.orValue("") == "Dr"', message: fake };

test.each<[otherwise: string, expected: object]>([
  ["reject", { kind: "refused", code: "constraintOnValue", rules: ["titled"] }],
  ["hold", { kind: "held", code: "held", verdicts: [{ constraint: "titled", reason: fake }] }],
  ["warn", { kind: "done", warnings: [{ constraint: "titled", reason: fake }] }],
])("a constraint's own message fakes nothing: %s", async (otherwise, expected) => {
  const owner = otherwise === "hold" ? { owner: "identity" } : {};
  const rehearsal = await rehearsalWith({ titled: { ...rule, otherwise, ...owner } });
  const create: ResourceOperation = { ...okta, kind: "user", verb: "create", body };
  const outcome = await rehearsal.play(now, (stage) => stage.perform(create));
  await rehearsal.close();
  expect(outcome).toMatchObject(expected);
});

test("who is removed beside somebody who is held leaves at once, and the hold is told", async () => {
  const joins = { on: ["member.add"], require: 'user.userName.startsWith("ada")' };
  const rehearsal = await rehearsalWith({ joins: { ...joins, otherwise: "hold", owner: "identity" } });
  const [outcome, population] = await rehearsal.play(now, async (stage) => {
    const add = (userName: string, groups: string[]) =>
      stage.add({ connector: "okta", groups, resource: { userName } });
    const [ada, bob] = [await add("ada@example.com", ["core-team"]), await add("bob@example.com", [])];
    const group = await stage.addGroup("okta", "core-team");
    if (ada.kind !== "done" || bob.kind !== "done" || group.kind !== "done") throw new Error("not there");
    const Operations = [
      { op: "remove", path: "members", value: [{ value: ada.target }] },
      { op: "add", path: "members", value: [{ value: bob.target }] },
    ];
    const modify = {
      ...okta,
      kind: "group",
      verb: "modify",
      id: group.target,
      body: { Operations },
    } as const;
    return [await stage.perform(modify), await stage.population()];
  });
  await rehearsal.close();
  expect(outcome).toMatchObject({
    kind: "done",
    effect: { left: [expect.any(String)], joined: [] },
    undone: { kind: "held", rules: ["joins"] },
  });
  expect([...population.accounts.values()].map(({ groups }) => groups.size)).toEqual([0, 0]);
});
