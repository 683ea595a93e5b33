/** What a change leaves without anybody. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Constraint } from "../../model/environment/constraint.ts";
import { accessList, type Side } from "../../policy/impact.ts";
import { emptiedRules, idleConstraints, type WholeSide, writerless } from "../../policy/losses.ts";
import { permissionSet } from "./permission-set.ts";
import { now, repositories, side } from "./side.ts";

const seed = Number(process.env.HGSCIM_SEED ?? Date.now() % 2 ** 31);

function people(members: Readonly<Record<string, readonly string[]>>): Side["population"] {
  const accounts = Object.entries(members).map(
    ([name, groups]) =>
      [name, { name, connector: "okta", user: name, proven: null, groups: new Set(groups) }] as const,
  );
  return { accounts: new Map(accounts), withheld: [], failures: [] };
}

test(`a repository loses its last writers when somebody is listed with write before and nobody after (seed ${seed})`, () => {
  fc.assert(
    fc.property(side, side, (before, after) => {
      const writers = (of: Side, repository: string) =>
        accessList(of, [repository], now).filter(
          ({ right, branch, bookmark, path }) => right === "write" && !branch && !bookmark && !path,
        ).length;
      expect(writerless(before, after, repositories, now)).toEqual(
        [...repositories]
          .sort()
          .filter((repository) => writers(before, repository) > 0 && writers(after, repository) === 0)
          .map((repository) => ({ repository, writers: writers(before, repository) })),
      );
    }),
    { seed },
  );
});

describe("rules", () => {
  const set = permissionSet({
    repositories: ["core/**"],
    read: ["okta/a", { account: "ada", until: "2030-01-01" }],
    write: ["okta/b"],
    deny: { read: ["okta/c"], write: [{ account: "eve" }] },
    branches: { stable: ["okta/b"], "x-*": ["okta/a"] },
    bookmarks: { released: ["okta/b"] },
    paths: { "docs/**": ["okta/d"] },
    breakGlass: { who: ["okta/b"], right: "write", for: "1h", alert: { var: "HOOK" } },
  });
  const before: Side = {
    release: { permissions: { core: set } },
    population: people({ ada: ["okta/a"], bob: ["okta/b"], cy: ["okta/c"], eve: [] }),
  };
  const emptied = (after: Partial<Side>, at = 0) => emptiedRules(before, { ...before, ...after }, at);

  test("are told where nobody is left whom they name, and somebody was", () => {
    expect(emptied({})).toEqual([]);
    // whom a rule names besides keeps it
    expect(emptied({ population: people({ ada: [], cy: ["okta/c"], eve: [] }) })).toEqual([
      "permissions.core: write",
      "permissions.core: branches: stable",
      "permissions.core: branches: x-*",
      "permissions.core: bookmarks: released",
      "permissions.core: breakGlass",
    ]);
    expect(emptied({ population: people({ ada: ["okta/a"], bob: ["okta/b"] }) })).toEqual([
      "permissions.core: deny.read",
      "permissions.core: deny.write",
    ]);
  });

  test("that never had anybody, are new or are gone are none of them", () => {
    const other = { ...set, write: ["okta/nobody"], branches: { fresh: ["okta/nobody"] } };
    const permissions = { core: other, fresh: permissionSet({ repositories: ["x"], read: ["okta/nobody"] }) };
    expect(emptied({ release: { permissions } })).toEqual(["permissions.core: write"]);
    expect(emptied({ release: { permissions: {} } })).toEqual([]);
  });

  test("whose end has come name nobody", () => {
    const ended = { ...set, read: [{ account: "ada", until: "2026-01-01" }] } as typeof set;
    expect(emptied({ release: { permissions: { core: ended } } }, Date.parse("2026-06-01"))).toEqual([
      "permissions.core: read",
    ]);
  });
});

test("a constraint can stop nothing where nobody is left whom it is about", () => {
  const rule = (of: Partial<Constraint>) => ({ otherwise: "reject", ...of }) as Constraint;
  const constraints = {
    bots: rule({ protect: { users: ["bot"], groups: ["okta/b"] } }),
    duties: rule({ separate: { groups: ["okta/a", "okta/b"] } }),
    staff: rule({ trigger: { groups: ["okta/b"] } }),
    last: rule({ keep: { group: "okta/b", atLeast: 1 } }),
    writer: rule({ keep: { writersOf: "core/api", atLeast: 1 } }),
    writers: rule({ keep: { permissions: ["core"], atLeast: 1 } }),
    domain: rule({ require: "true" }),
    mass: rule({ limit: { deactivations: 1, above: 0, per: "1h" } }),
    nobody: rule({ keep: { group: "okta/never", atLeast: 1 } }),
  };
  const core = permissionSet({ repositories: ["core/**"], write: ["okta/b"] });
  const of = (members: Parameters<typeof people>[0], changed: object = {}): WholeSide => ({
    release: { permissions: { core }, constraints: { ...constraints, ...changed } },
    population: people(members),
  });
  const before = of({ ada: ["okta/a"], bob: ["okta/b"] });
  expect(idleConstraints(before, before, 0)).toEqual([]);
  expect(idleConstraints(before, of({ ada: ["okta/a"] }), 0)).toEqual([
    "constraints.bots",
    "constraints.duties",
    "constraints.last",
    "constraints.staff",
    "constraints.writer",
    "constraints.writers",
  ]);
  expect(idleConstraints(before, of({ bot: ["okta/a"], bob: [] }), 0)).not.toContain("constraints.bots");
  const renamed = { last: rule({ keep: { group: "okta/renamed", atLeast: 1 } }) };
  expect(idleConstraints(before, of({ ada: ["okta/a"], bob: ["okta/b"] }, renamed), 0)).toEqual([
    "constraints.last",
  ]);
  // one that is gone is a change of the file
  expect(
    idleConstraints(
      before,
      { ...before, release: { permissions: { core }, constraints: { domain: constraints.domain } } },
      0,
    ),
  ).toEqual([]);
});
