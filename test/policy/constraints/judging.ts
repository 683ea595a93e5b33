/** A release with nothing but constraints, and changes for them to judge. */
import type { Constraint as Declared } from "../../../model/environment/constraint.ts";
import { Constraint } from "../../../model/environment/constraint.ts";
import type { Environment } from "../../../model/environment.ts";
import { toRelease } from "../../../model/release.ts";
import type {
  Holder,
  JudgedWrite,
  Transition,
  WriteFacts,
  WrittenUser,
} from "../../../policy/constraints/change.ts";
import type { Constraints } from "../../../policy/constraints/judge.ts";
import { compileRelease } from "../../../policy/program.ts";
import { permissionSet } from "../permission-set.ts";

/** Constraints as an environment file declares them. */
export type Declarations = Readonly<Record<string, Partial<Declared>>>;

/** The constraints of an environment with one connector, `okta`, and a repository `core/api`. */
export function constraintsOf(declarations: Declarations): Constraints {
  const environment: Environment = {
    delivery: { command: ["true"], destroy: "prevent" },
    variables: { SCIM_MAIL_DOMAIN: { type: "string", value: "example.com", required: true } },
    secrets: {},
    connectors: {
      okta: {
        idp: "okta",
        endpoint: { var: "SCIM_URL" },
        auth: { bearer: { var: "SCIM_TOKEN" }, allow: ["users", "groups"] },
        scope: "true",
        mapping: { account: "user.userName", email: "user.userName" },
        groups: ["a", "b", "c"],
        extensions: {
          hr: {
            schema: "urn:example:hr:2.0:User",
            attributes: { badge: { type: "string", multiValued: false } },
          },
        },
      },
    },
    constraints: Object.fromEntries(
      Object.entries(declarations).map(([name, declared]) => [name, Constraint.parse(declared)]),
    ),
    permissions: {
      core: permissionSet({ repositories: ["core/*"], read: ["c"], write: ["a", { account: "ada" }] }),
    },
    alerts: [],
  };
  return compileRelease(toRelease("test", environment)).constraints;
}

/** WriteFacts of a store in which nothing needs to be asked, but what is given. */
export const facts = (known: Partial<WriteFacts> = {}): WriteFacts => ({
  accounts: async () => 0,
  accountsAmong: async () => 0,
  holders: async () => 0,
  countWithin: async () => 0,
  ...known,
});

/** An account in groups of the connector okta. */
export const holder = (account: string, ...groups: readonly string[]): Holder => ({
  account,
  groups: new Set(groups.map((group) => `okta/${group}`)),
});

/** A write by the connector okta that makes this of accounts. */
export const moving = (...transitions: readonly Transition[]): JudgedWrite => ({
  connector: "okta",
  users: [],
  transitions,
});

/** A write by the connector okta after which this user has the account ada. */
export const writing = (after: object, parts: Partial<WrittenUser> = {}): JudgedWrite => ({
  connector: "okta",
  users: [
    {
      operations: ["user.create"],
      before: undefined,
      hadAccount: parts.before !== undefined,
      after: { userName: "ada", active: true, ...after },
      account: { name: "ada" },
      groups: new Set(),
      ...parts,
    },
  ],
  transitions: [],
});

/** Why a change does not satisfy a constraint; undefined when it does. */
export async function reasonOf(
  declared: Partial<Declared>,
  change: JudgedWrite,
  known: Partial<WriteFacts> = {},
  now = 0,
): Promise<string | undefined> {
  const { verdicts } = await constraintsOf({ only: declared }).judge(change, facts(known), now);
  return verdicts[0]?.reason;
}
