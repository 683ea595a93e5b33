/**
 * The language of `environments/*.yaml`: one schema, from which the types, the checks and the release are derived.
 * What needs more than one value to judge (does this group exist?) stands in `check.ts`.
 */
import { z } from "zod";
import { BranchName } from "./branches.ts";
import { Duration } from "./duration.ts";
import { RepositoryPattern } from "./pattern.ts";
import { maxProblems } from "./problem.ts";
import { Reference } from "./reference.ts";

export const Name = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, {
  error: "not a name (expected lower case letters, digits and hyphens, a letter first)",
});

export const VariableName = z.string().regex(/^[A-Z][A-Z0-9_]{0,126}$/, {
  error: "not a variable name (expected UPPER_SNAKE_CASE)",
});

const Text = z.string().min(1, { error: "empty text (expected at least one character)" });

/** sha256 over canonical JSON, as `digest.ts` makes it. */
export const Digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, { error: "not a digest (expected sha256: and 64 hexadecimal digits)" });

/** CEL source. Parsed and type-checked in `check.ts`, where the types of its variables are known. */
const Expression = Text.max(4096, { error: "an expression of more than 4096 characters (expected less)" });

const VariableReference = z.strictObject({ var: VariableName }).describe("The value of a declared variable.");

/** Lists whose order means nothing; a repeated item is a mistake, never a meaning. */
function setOf<T extends z.ZodType<string>>(item: T) {
  return z.array(item).check((context) => {
    const seen = new Set<string>();
    context.value.forEach((value, index) => {
      // an item that is none may be a secret, and is told as that
      if (seen.has(value) && context.issues.length < maxProblems && item.safeParse(value).success)
        context.issues.push({
          code: "custom",
          input: value,
          path: [index],
          message: `"${value}" stands here twice (expected each once)`,
        });
      seen.add(value);
    });
  });
}

const described = {
  owner: Text.optional().describe("The team or person who answers for it."),
  description: Text.optional().describe("What it is for, in one sentence."),
};

const HttpUrl = z
  .url({ protocol: /^https?$/, error: "not a URL (expected https://host/path)", abort: true })
  .refine((url) => new URL(url).username === "" && new URL(url).password === "", {
    error: "a user name or a password in a URL (expected https://host/path; secrets have references)",
  });

export const Variable = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("string"), value: z.string(), ...described }),
  z.strictObject({ type: z.literal("url"), value: HttpUrl, ...described }),
  z.strictObject({
    type: z.literal("uuid"),
    value: z.uuid({ error: "not a UUID (expected 8-4-4-4-12 hexadecimal digits)" }),
    ...described,
  }),
  z
    .strictObject({
      type: z.literal("integer"),
      value: z.int(),
      min: z.int().optional().describe("The smallest value allowed."),
      max: z.int().optional().describe("The largest value allowed."),
      ...described,
    })
    .check((context) => {
      const { value, min = -Infinity, max = Infinity } = context.value;
      if (min > max)
        context.issues.push({
          code: "custom",
          input: min,
          path: ["min"],
          message: `${min} is more than max (expected at most ${max})`,
        });
      else if (value < min || value > max)
        context.issues.push({
          code: "custom",
          input: value,
          path: ["value"],
          message: `${value} is out of bounds (expected ${value < min ? `at least ${min}` : `at most ${max}`})`,
        });
    }),
  z.strictObject({ type: z.literal("boolean"), value: z.boolean(), ...described }),
  z.strictObject({
    type: z.literal("secret"),
    secret: Name.describe("The entry of `secrets` that holds the references."),
    ...described,
  }),
]);

export const Secret = z.strictObject({
  refs: setOf(Reference)
    .min(1, { error: "no reference (expected one, or two while a token is being rotated)" })
    .max(2, { error: "more than two references (expected one, or two while a token is being rotated)" })
    .describe("Where the value is: the present one, and the next one while it is being rotated."),
  ...described,
});

export const Connector = z.strictObject({
  idp: z
    .enum(["okta", "entra", "google", "scim"])
    .describe("The identity provider, whose known quirks are understood."),
  endpoint: VariableReference.describe(
    "The SCIM base URL that the identity provider is given: a variable of type url.",
  ),
  auth: z
    .strictObject({
      bearer: VariableReference.describe(
        "The token that the identity provider sends: a variable of type secret.",
      ),
    })
    .describe("How the identity provider proves who it is."),
  pageSize: VariableReference.optional().describe(
    "The most resources in one list answer: a variable of type integer; 100 when absent.",
  ),
  scope: Expression.default("true").describe("CEL over `user` and `vars`, bool: who gets an account."),
  mapping: z
    .strictObject({
      account: Expression.describe("CEL over `user` and `vars`, string: the name of the Mercurial account."),
      email: Expression.optional().describe(
        "CEL over `user` and `vars`, string: the account's e-mail address.",
      ),
    })
    .describe("From SCIM attributes to a Mercurial account."),
  groups: setOf(Text).describe("The groups, by displayName, that permission sets may name."),
  ...described,
});

export const Constraint = z.strictObject({
  on: setOf(z.enum(["user.create", "user.update"]))
    .min(1, { error: "no operation (expected user.create, user.update or both)" })
    .describe("The operations that it judges. One that only takes access away is never judged."),
  require: Expression.describe("CEL over `user` (as it would become) and `vars`, bool: what must be true."),
  otherwise: z.literal("reject").default("reject").describe("What happens when it is not true."),
  message: Text.optional().describe("What the person who meets it is told."),
  ...described,
});

export const PermissionSet = z.strictObject({
  repositories: setOf(RepositoryPattern)
    .min(1, { error: "no repository (expected at least one pattern)" })
    .describe("Which repositories it covers: patterns, and with `!` what they must not cover."),
  read: setOf(Text).default([]).describe("Groups that may pull."),
  write: setOf(Text).default([]).describe("Groups that may pull and push."),
  branches: z
    .record(
      BranchName,
      setOf(Text).min(1, { error: "no group (expected the groups whose members may push to the branch)" }),
    )
    .default({})
    .describe(
      "Restricts: to a branch named here, of those with write, only members of one of its groups push.",
    ),
  ...described,
});

const AgentAddress = z.strictObject({
  url: HttpUrl.refine((url) => new URL(url).protocol === "https:" || isLoopback(new URL(url).hostname), {
    error: "an agent that is not on this host is reached by https only (expected https://…)",
  }).describe("The agent's admin address."),
  token: Reference.describe("The admin token, resolved by the machine that runs terraform."),
  ca: Reference.optional().describe(
    "The certificate authority (PEM) of an agent whose certificate is not public.",
  ),
});

export const Delivery = z
  .strictObject({
    agent: AgentAddress.exactOptional().describe("The agent beside the Mercurial host."),
    command: z
      .array(z.string())
      .refine(([program]) => program !== undefined && program !== "", {
        error: "no program (expected a program and its arguments)",
      })
      .exactOptional()
      .describe(
        "A program and its arguments, run by terraform where it cannot reach the agent: it gets the release as a file and brings it to the host.",
      ),
    destroy: z
      .enum(["prevent", "allow"])
      .default("prevent")
      .describe("Whether `destroy`, after which nobody has access, is possible at all."),
  })
  .check(({ value: { agent, command }, issues }) => {
    if (agent && command)
      issues.push({
        code: "custom",
        input: command,
        path: ["command"],
        message: "a command beside an agent (expected one of them)",
      });
    if (!agent && !command)
      issues.push({
        code: "custom",
        input: undefined,
        path: ["agent"],
        message: "nothing (expected agent, or command where terraform cannot reach it)",
      });
  });

const Count = z.int().min(0, { error: "a number of accounts (expected 0 or more)" });

const notShare = "not a share (expected a whole percentage, such as 10%)";

export const Bounds = z.strictObject({
  lose: z
    .string({ error: notShare })
    .regex(/^(100|[1-9]?\d)%$/, { error: notShare })
    .describe("The largest share of the accounts with access that may lose a right by one release."),
  above: Count.default(0).describe("So many accounts may always lose a right, whatever share they are."),
  protected: setOf(Text).default([]).describe("Groups in which nobody may lose a right."),
});

/** What was reviewed of a release that goes beyond the bounds. It is said once, for one change, and is no part of the release. */
export const Accept = z.strictObject({
  from: Digest.describe(
    "The release that was active when the change was reviewed. For any other it does not count.",
  ),
  lose: Count.describe("The most accounts that may lose a right."),
  gain: Count.optional().describe("The most accounts that may gain one; any number when absent."),
  protected: setOf(Text)
    .default([])
    .describe("The accounts in protected groups that may lose a right, by name."),
});

export const Promotion = z.strictObject({
  from: Name.describe("The environment that must run the policy first."),
  soak: Duration.describe("How long it must have been active there, without a break."),
  agent: AgentAddress.describe("That environment's agent. A reader's token is enough."),
});

/** A whole environment file, `extends` already merged. */
export const Environment = z.strictObject({
  description: described.description,
  delivery: Delivery.describe("How a release reaches the agent."),
  promote: Promotion.optional().describe(
    "Which policies may come here: those that another environment runs.",
  ),
  bounds: Bounds.optional().describe("How many people one release may take access from, and from whom none."),
  accept: Accept.optional().describe("A change beyond the bounds, as it was reviewed."),
  variables: z.record(VariableName, Variable).default({}).describe("The inventory of environment variables."),
  secrets: z.record(Name, Secret).default({}).describe("Pointers to secrets, never their values."),
  connectors: z.record(Name, Connector).default({}).describe("The links to identity providers."),
  constraints: z.record(Name, Constraint).default({}).describe("Rules that are checked at every write."),
  permissions: z.record(Name, PermissionSet).default({}).describe("Groups × repositories × rights."),
});

export type Environment = z.infer<typeof Environment>;
export type Variable = z.infer<typeof Variable>;
export type Connector = z.infer<typeof Connector>;
export type Constraint = z.infer<typeof Constraint>;
export type PermissionSet = z.infer<typeof PermissionSet>;
export type Bounds = z.infer<typeof Bounds>;
export type Accept = z.infer<typeof Accept>;
export type Promotion = z.infer<typeof Promotion>;

/** True for the names and addresses of this host's loopback interface. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname === "[::1]" ||
    hostname === "::1" ||
    /^127(\.\d{1,3}){3}$/.test(hostname)
  );
}
