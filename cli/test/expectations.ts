/** What must come of a policy test, against what came. */
import type { ResourceOperation } from "../../agent/operations/operation.ts";
import { type Outcome, rulesOf } from "../../agent/operations/outcome.ts";
import type { Stage } from "../../agent/operations/rehearsal.ts";
import { statusOf } from "../../agent/scim/address.ts";
import { coverage } from "../../model/coverage.ts";
import type { Path } from "../../model/document.ts";
import { hint } from "../../model/nearest.ts";
import type { Release } from "../../model/release.ts";
import { describeDone } from "../../report/outcome.ts";
import type { Difference } from "./difference.ts";
import { type AccessEntries, askedPlace, rightIn } from "./places.ts";
import type { PolicyTest } from "./schema.ts";

type Expectation = PolicyTest["expect"];

/** An operation of a test, and what came of it. */
export interface AnsweredOperation {
  readonly operation: ResourceOperation;
  readonly outcome: Outcome<{ readonly id: string } | null>;
}

/** What a policy test calls each kind of outcome. */
const decisions = { done: "accepted", refused: "rejected", held: "held" } as const;

/** The constraints that an outcome names. */
export function constraintsIn({ outcome }: Pick<AnsweredOperation, "outcome">): readonly string[] {
  if (outcome.kind !== "done") return outcome.rules;
  return [...rulesOf(outcome.warnings), ...(outcome.undone?.rules ?? [])];
}

/** How the outcome of the request differs from what a test says of it. */
export async function outcomeDifferences(
  stage: Pick<Stage, "accountOf">,
  release: Pick<Release, "constraints">,
  expect: Expectation,
  { operation, outcome }: AnsweredOperation,
): Promise<Difference[]> {
  const differences: Difference[] = [];
  const differ = (path: Path, wanted: string, found: string) =>
    differences.push({ path: ["expect", ...path], message: `${found} (expected ${wanted})` });

  const detail = outcome.kind === "done" ? describeDone(outcome) : outcome.detail;
  const decision = decisions[outcome.kind];
  if (expect.decision !== undefined && decision !== expect.decision)
    differ(["decision"], expect.decision, `${decision}: ${detail}`);
  const status = statusOf(operation, outcome);
  if (expect.status !== undefined && status !== expect.status)
    differ(["status"], String(expect.status), `${status}: ${detail}`);
  if (expect.because !== undefined && !names(release, { operation, outcome }, expect.because, detail))
    differ(["because"], `"${expect.because}" in it`, detail);
  if (expect.warns) {
    const found = outcome.kind === "done" ? rulesOf(outcome.warnings) : [];
    const [wanted, had] = [[...expect.warns].sort().join(", "), found.sort().join(", ")];
    if (wanted !== had) differ(["warns"], wanted || "no warning", had || "no warning");
  }
  if (expect.undone !== undefined) {
    const found = (outcome.kind === "done" ? outcome.undone?.code : outcome.code) ?? "nothing";
    if (found !== expect.undone) differ(["undone"], expect.undone, `${found}: ${detail}`);
  }
  if (expect.account !== undefined) {
    const id = outcome.kind === "done" ? outcome.target : "id" in operation ? operation.id : undefined;
    const account = (id === undefined ? undefined : await stage.accountOf(id)) ?? "none";
    if (account !== expect.account) differ(["account"], expect.account, account);
  }
  return differences;
}

/** Whether an outcome names what it must. The name of a constraint is that constraint, not the beginning of another's. */
function names(
  { constraints }: Pick<Release, "constraints">,
  answered: AnsweredOperation,
  because: string,
  detail: string,
): boolean {
  return Object.hasOwn(constraints, because)
    ? constraintsIn(answered).includes(because)
    : detail.includes(because);
}

/** The repositories that a test asks about. */
export function repositoriesIn({ access = {}, who = {} }: Expectation): string[] {
  const places = [...Object.values(access).flatMap((rights) => Object.keys(rights)), ...Object.keys(who)];
  return [...new Set(places.map((place) => askedPlace(place).repository))];
}

/** How access differs from what a test says of it. */
export function accessDifferences(
  { access = {}, who = {} }: Pick<Expectation, "access" | "who">,
  { permissions }: Pick<Release, "permissions">,
  entries: AccessEntries,
): Difference[] {
  const covering = coverage(Object.entries(permissions).map(([name, set]) => ({ name, ...set })));
  const rights = Object.entries(access).flatMap(([account, places]) =>
    Object.entries(places).flatMap(([place, wanted]) => {
      const path = ["expect", "access", account, place];
      if (wanted === "uncovered") {
        const sets = covering(askedPlace(place).repository).map(({ name }) => name);
        return sets.length === 0
          ? []
          : { path, message: `permission set ${sets.join(", ")} covers ${place} (expected uncovered)` };
      }
      const found = rightIn(entries, account, place);
      return found === wanted
        ? []
        : { path, message: `${account} has ${found} on ${place} (expected ${wanted})` };
    }),
  );
  const lists = Object.entries(who).flatMap(([place, wanted]) =>
    (["read", "write"] as const).flatMap((right) => {
      const accounts = wanted[right];
      if (!accounts) return [];
      const all = new Set(entries.map(({ account }) => account));
      const found = [...all].filter((account) => rightIn(entries, account, place) === right).sort();
      const expected = [...accounts].sort();
      return found.join("\n") === expected.join("\n")
        ? []
        : {
            path: ["expect", "who", place, right],
            message: `${found.join(", ") || "nobody"} has ${right} on ${place} (expected ${expected.join(", ") || "nobody"})`,
          };
    }),
  );
  return [...rights, ...lists];
}

/**
 * The accounts that a test asks about and nobody in it has or would have: a right that nobody has is never there, whatever the
 * rules say.
 *
 * @param known the accounts of all who were given, created or named in its requests
 */
export function unknownAccounts(
  { access = {}, who = {}, absent = [] }: Expectation,
  known: ReadonlySet<string>,
): Difference[] {
  const told = (path: Path, account: string) =>
    known.has(account) || absent.includes(account)
      ? []
      : {
          path,
          message: `nobody given or created has account ${account} ${hint("one of theirs, or the name under expect.absent too", account, known)}`,
        };
  return [
    ...Object.keys(access).flatMap((account) => told(["expect", "access", account], account)),
    ...Object.entries(who).flatMap(([place, lists]) =>
      (["read", "write"] as const).flatMap((right) =>
        (lists[right] ?? []).flatMap((account, index) =>
          told(["expect", "who", place, right, index], account),
        ),
      ),
    ),
  ];
}
