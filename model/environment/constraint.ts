/** Rules that are checked at every write. */
import { z } from "zod";
import { Duration, inLargestUnit, milliseconds } from "../duration.ts";
import { coded, issueOf } from "../issue.ts";
import type { ProblemCode } from "../problem-codes.ts";
import { described, ExpressionText, Name, setOf, Text } from "./common.ts";
import {
  type ConstraintKind,
  constraintKinds,
  type JudgedOperation,
  kinds,
  operations,
  usuallyOn,
} from "./constraint/kinds.ts";

// what takes access away: a constraint on one of these could keep a leaver in
const removing = ["user.deactivate", "user.delete", "member.remove", "group.delete"];

// what would be over at once could not be decided
const Expiry = Duration.refine((duration) => milliseconds(duration) >= 60_000, {
  error: "too short for anybody to decide (expected at least 1m)",
  params: coded("out-of-bounds"),
}).overwrite(inLargestUnit);

const On = z.enum(operations, {
  error: ({ input }) =>
    removing.includes(String(input))
      ? `${input} only takes access away, and a constraint on it could keep a leaver in (expected ${operations.join(", ")}; protect, keep and limit judge what is taken away)`
      : undefined,
});

const optionalKinds = Object.fromEntries(
  Object.entries(kinds).map(([kind, schema]) => [kind, schema.exactOptional()]),
) as { [kind in ConstraintKind]: z.ZodExactOptional<(typeof kinds)[kind]> };

export const Constraint = z
  .strictObject({
    ...optionalKinds,
    on: setOf(On)
      .min(1, { error: `no operation (expected some of ${operations.join(", ")})` })
      .exactOptional()
      .describe(
        "The writes that it judges, of those after which the user has an account: `user.create` when somebody gets an account (a new user, or one who is let in later, or under another name), `user.update`, and `member.add` when somebody comes into a group. When absent, `attributes` judge `user.create`, `before` judges `user.update`, `after` all three, the other kinds both of users. One that only takes access away is never judged.",
      )
      .meta({ examples: [["user.create", "user.update"]] }),
    when: ExpressionText.exactOptional()
      .describe("CEL over `user` and `vars`, bool: whom it is about; everybody when absent.")
      .meta({ examples: ['user.?userType.orValue("") == "contractor"'] }),
    connectors: setOf(Name)
      .min(1, { error: "no connector (expected at least one)" })
      .exactOptional()
      .describe("The connectors whose writes it judges; all when absent.")
      .meta({ examples: [["okta"]] }),
    otherwise: z
      .enum(["reject", "hold", "warn"])
      .default("reject")
      .describe(
        "What happens when it does not hold: the write is refused, waits for an approval, or is done and the audit warns.",
      ),
    expires: Expiry.exactOptional()
      .describe(
        "With `otherwise: hold`: after how long somebody is told again, and what would give access waits no longer; 7d when absent. What takes access away waits on until somebody decides.",
      )
      .meta({ examples: ["3d"] }),
    meanwhile: z
      .enum(["keep", "suspend"])
      .exactOptional()
      .describe(
        "With `otherwise: hold`: whether a user whose write is held keeps the access of before, or has none until it is decided; keep when absent.",
      ),
    message: Text.optional()
      .describe("What the person who meets it is told.")
      .meta({ examples: ["Only people of our own mail domain get an account."] }),
    ...described,
  })
  .check(({ value, issues }) => {
    const wrong = (code: ProblemCode, message: string, ...path: string[]) =>
      issues.push(issueOf(code, message, value, ...path));
    const [kind, other] = constraintKinds.filter((name) => value[name] !== undefined);
    // a key that is unknown is one that is missing elsewhere
    if (kind === undefined && issues.length > 0) return;
    if (kind === undefined)
      return void wrong("no-effect", `it asks nothing (expected one of ${constraintKinds.join(", ")})`);
    if (other !== undefined)
      wrong("conflicting-keys", `${other} beside ${kind} (expected one kind in a constraint)`, other);
    if (usuallyOn[kind] === undefined)
      for (const key of ["on", "when"] as const)
        if (value[key] !== undefined)
          wrong(
            "conflicting-keys",
            `${key} beside ${kind}, which judges all that it is about (expected no ${key})`,
            key,
          );
    if (kind === "before" && value.on?.some((operation) => operation !== "user.update"))
      wrong("conflicting-keys", "before looks at a user who is changed (expected user.update alone)", "on");
    if (kind === "trigger" && value.otherwise !== "reject")
      wrong(
        "conflicting-keys",
        `${value.otherwise} beside trigger, which only decides who gets an account (expected no otherwise)`,
        "otherwise",
      );
    for (const key of ["expires", "meanwhile"] as const)
      if (value.otherwise !== "hold" && value[key] !== undefined)
        wrong(
          "conflicting-keys",
          `${key} without otherwise: hold, so that nothing waits (expected no ${key})`,
          key,
        );
    if (value.otherwise === "hold" && value.owner === undefined)
      wrong("missing-key", "nobody to approve what is held (expected an owner)", "otherwise");
  });

export type Constraint = z.infer<typeof Constraint>;

/** After how long a constraint that does not say it tells somebody again of what it holds. */
export const usualExpiry: Duration = "7d";

/** The kind of a valid constraint. */
export function kindOf(constraint: Constraint): ConstraintKind {
  const kind = constraintKinds.find((name) => constraint[name] !== undefined);
  if (kind === undefined) throw new Error("the constraint was not validated");
  return kind;
}

/** The operations that a valid constraint judges: nothing for one that judges no user. */
export function operationsOf(constraint: Constraint): readonly JudgedOperation[] {
  const usual = usuallyOn[kindOf(constraint)];
  return usual && constraint.on ? [...constraint.on].sort() : (usual ?? []);
}

/** Whether what a constraint holds waits for a person's word: else a mass deactivation drains through the window of a limit. */
export function waitsForPerson({ limit, protect }: Constraint): boolean {
  return limit !== undefined || protect !== undefined;
}
