/** Whatever an identity provider sends, in whatever order: what the constraints promise is true after every request. */
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import type { Outcome } from "../../../agent/operations/outcome.ts";
import { rehearse, type Stage } from "../../../agent/operations/rehearsal.ts";
import { operationAt, type WriteRequest } from "../../../agent/scim/address.ts";
import { loadEnvironment } from "../../../model/load.ts";
import { Release } from "../../../model/release.ts";

const [protectedGroup, kept] = ["okta/release-managers", "okta/engineering"];
const separated = ["okta/core-team", "okta/docs-team"];
let release: Release;
beforeAll(async () => {
  const loaded = await loadEnvironment("environments/local.yaml");
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  release = Release.parse({
    ...loaded.value.release,
    constraints: {
      keep: { keep: { group: kept, atLeast: 2 } },
      protect: { protect: { users: ["u0"], groups: [protectedGroup] } },
      require: { require: "has(user.nickName)" },
      separate: { separate: { groups: separated } },
      after: { after: `!(${JSON.stringify(separated[0])} in account.groups) || has(user.title)` },
    },
  });
});

const displayNames = ["engineering", "core-team", "docs-team", "release-managers", "Core-Team"];
const index = fc.nat(4);
const some = fc.uniqueArray(index);
const name = fc.nat(displayNames.length - 1);

/** What is asked of users and groups by number: the n-th of those that there are. */
const steps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        step: fc.constant("user" as const),
        put: fc.boolean(),
        who: index,
        called: index,
        active: fc.boolean(),
        title: fc.boolean(),
        nickName: fc.boolean(),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        step: fc.constant("group" as const),
        put: fc.boolean(),
        which: index,
        name,
        members: some,
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        step: fc.constant("members" as const),
        which: index,
        op: fc.constantFrom("add", "Remove", "replace"),
        members: some,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ step: fc.constantFrom("fire" as const, "delete" as const), who: index }),
    },
    { weight: 1, arbitrary: fc.record({ step: fc.constant("dissolve" as const), which: index }) },
  ),
  { minLength: 20, maxLength: 60 },
);
type Step = typeof steps extends fc.Arbitrary<(infer T)[]> ? T : never;

/** The request of a step, and whether all that it does is to take access away. */
function requestOf(
  step: Step,
  users: readonly string[],
  groups: readonly string[],
): [WriteRequest, removes: boolean] {
  const request = (method: WriteRequest["method"], path: string, body = {}): WriteRequest => ({
    method,
    path,
    body,
  });
  const at = (ids: readonly string[], place: number) => ids[place % Math.max(1, ids.length)] ?? "none";
  const values = (places: readonly number[]) =>
    [...new Set(places.map((place) => at(users, place)))].map((value) => ({ value }));
  switch (step.step) {
    case "user": {
      const { put, who, called, active, title, nickName } = step;
      const body = {
        userName: `u${called}@example.com`,
        active,
        ...(title && { title: "Dr" }),
        ...(nickName && { nickName: "x" }),
      };
      return [
        put ? request("PUT", `/Users/${at(users, who)}`, body) : request("POST", "/Users", body),
        false,
      ];
    }
    case "group": {
      const body = { displayName: displayNames[step.name], members: values(step.members) };
      return [
        step.put
          ? request("PUT", `/Groups/${at(groups, step.which)}`, body)
          : request("POST", "/Groups", body),
        false,
      ];
    }
    case "members": {
      const operation = { op: step.op, path: "members", value: values(step.members) };
      return [
        request("PATCH", `/Groups/${at(groups, step.which)}`, { Operations: [operation] }),
        step.op === "Remove",
      ];
    }
    case "fire":
      return [
        request("PATCH", `/Users/${at(users, step.who)}`, {
          Operations: [{ op: "Replace", path: "active", value: "False" }],
        }),
        true,
      ];
    case "delete":
      return [request("DELETE", `/Users/${at(users, step.who)}`), true];
    case "dissolve":
      return [request("DELETE", `/Groups/${at(groups, step.which)}`), true];
  }
}

/** A person who was there before the constraints: the last two break them all. */
async function hire(stage: Stage, person: number): Promise<string> {
  const breaks = person > 2;
  const resource = {
    userName: `u${person}@example.com`,
    active: true,
    ...(!breaks && { title: "Dr", nickName: "x" }),
  };
  const groups = breaks ? ["core-team", "docs-team"] : [];
  return given(await stage.add({ connector: "okta", groups, resource }));
}

function given(outcome: Outcome<{ id: string }>): string {
  if (outcome.kind !== "done") throw new Error(outcome.detail);
  return outcome.resource.id;
}

async function people(stage: Stage) {
  const { accounts } = await stage.population();
  const inGroup = (group: string) =>
    [...accounts.values()]
      .filter(({ groups }) => groups.has(group))
      .map(({ name }) => name)
      .sort();
  return {
    accounts: new Map([...accounts].map(([account, { groups }]) => [account, [...groups].sort()])),
    inGroup,
  };
}

function inBoth({ accounts }: Awaited<ReturnType<typeof people>>): string[] {
  return [...accounts]
    .filter(([, groups]) => separated.every((group) => groups.includes(group)))
    .map(([account]) => account);
}

test("what is protected, kept and separated is so after every request, and only the first two stop a leaver", async () => {
  const rehearsal = await rehearse(release);
  const met = new Set<string>();
  await fc.assert(
    fc.asyncProperty(steps, (all) =>
      rehearsal.play(Date.now(), async (stage) => {
        const [users, groups]: [string[], string[]] = [[], []];
        for (const person of [0, 1, 2, 3, 4]) users.push(await hire(stage, person));
        for (const one of ["core-team", "docs-team"]) groups.push(given(await stage.addGroup("okta", one)));
        let before = await people(stage);
        for (const step of all) {
          const [request, removes] = requestOf(step, users, groups);
          const operation = operationAt(request, { actor: "scim:okta", connector: "okta" });
          if (!operation) throw new Error(`nothing answers ${request.method} ${request.path}`);
          const outcome = await stage.perform(operation);
          const after = await people(stage);
          if (outcome.kind === "done") {
            if (operation.verb === "create") (step.step === "user" ? users : groups).push(outcome.target);
          } else {
            expect(after.accounts).toEqual(before.accounts);
            for (const one of outcome.rules) met.add(one);
            if (removes)
              expect(outcome.rules.filter((one) => one !== "keep" && one !== "protect")).toEqual([]);
          }
          if (before.accounts.has("u0")) expect([...after.accounts.keys()]).toContain("u0");
          expect(after.inGroup(protectedGroup)).toEqual(
            expect.arrayContaining(before.inGroup(protectedGroup)),
          );
          if (before.inGroup(kept).length >= 2) expect(after.inGroup(kept).length).toBeGreaterThanOrEqual(2);
          expect(inBoth(before)).toEqual(expect.arrayContaining(inBoth(after)));
          before = after;
        }
      }),
    ),
    { numRuns: 60 },
  );
  await rehearsal.close();
  // or this would say nothing
  expect([...met]).toEqual(expect.arrayContaining(["keep", "protect", "require", "separate"]));
});
