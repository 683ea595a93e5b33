/** The kinds that judge a user who has an account after the write: what must be true of attributes and values. */
import { type Constraint, operationsOf } from "../../model/environment/constraint.ts";
import type { Compilers } from "../../model/expression/compilers.ts";
import { EvaluationFailure } from "../../model/expression/failure.ts";
import type { Compiler, Expression, ExpressionType } from "../../model/expression.ts";
import { foldName } from "../../model/name.ts";
import { wholeMatch } from "../../model/regular-expression.ts";
import type { Release } from "../../model/release.ts";
import { enterpriseUserSchema } from "../../model/scim/enterprise-user.ts";
import { attempt } from "../attempt.ts";
import { fingerprint, keyText, parseSshKeys, type SshKey } from "../ssh-key.ts";
import { withoutTwins } from "../twin.ts";
import type { User } from "../user.ts";
import type { AccessJudge } from "./access.ts";
import type { WrittenUser } from "./change.ts";

/** Why a user does not satisfy a constraint, or why that cannot be told; undefined when it does. */
type UserJudge = (user: WrittenUser, connector: string) => string | EvaluationFailure | undefined;

/** Judges the users whom a constraint is about, in the operations that it is `on`. */
export function judgeOfUsers(
  judge: UserJudge,
  { constraint, compilers }: { readonly constraint: Constraint; readonly compilers: Compilers },
): AccessJudge {
  const operations = new Set(operationsOf(constraint));
  const applies = conditionOf(constraint, compilers);
  return ({ users, connector }) => {
    for (const user of users) {
      if (!user.operations.some((operation) => operations.has(operation))) continue;
      const condition = applies(user);
      const found = condition === true ? judge(user, connector) : condition === false ? undefined : condition;
      if (found === undefined) continue;
      if (found instanceof EvaluationFailure && found.code === "overBudget") return found;
      const reason =
        found instanceof EvaluationFailure ? `it could not be evaluated: ${found.message}` : found;
      // who it is goes without saying where a user is written
      const isWritten = user.operations.some((operation) => operation !== "member.add");
      return isWritten ? reason : `${user.account.name}: ${reason}`;
    }
    return undefined;
  };
}

/** Whether a constraint is about a user, or why that cannot be evaluated. */
function conditionOf(
  { when }: Constraint,
  { ofAll }: Compilers,
): (user: WrittenUser) => boolean | EvaluationFailure {
  if (when === undefined) return () => true;
  const expression = compile(ofAll, when);
  return ({ after }) => {
    const result = attempt(() => expression.evaluate({ user: after, vars: ofAll.vars }));
    return result.ok ? result.value === true : result.error;
  };
}

/** `require`: what must be true of the user as it would become. */
export function requireJudge(source: string, { ofAll }: Compilers): UserJudge {
  const expression = compile(ofAll, source);
  return holds(source, ({ after }) => expression.evaluate({ user: after, vars: ofAll.vars }));
}

/** `before`: what must be true of the user as it is stored; a new one has no past. */
export function beforeJudge(source: string, { ofAll }: Compilers): UserJudge {
  const expression = compile(ofAll, source);
  return holds(
    source,
    ({ before }) => before === undefined || expression.evaluate({ user: before, vars: ofAll.vars }),
  );
}

/** `after`: what must be true of the user together with the account and its groups. */
export function afterJudge(source: string, { ofAccounts, ofAll }: Compilers): UserJudge {
  const expression = compile(ofAccounts, source);
  return holds(source, ({ after, account, groups }) =>
    expression.evaluate({
      user: after,
      vars: ofAll.vars,
      account: { ...account, groups: withoutTwins(groups).sort() },
    }),
  );
}

function holds(source: string, evaluate: (user: WrittenUser) => unknown): UserJudge {
  return (user) => {
    const result = attempt(() => evaluate(user));
    if (!result.ok) return result.error;
    return result.value === true ? undefined : `it must hold that ${source}`;
  };
}

/** @throws {Error} when it does not compile, which validation would have refused */
function compile(compiler: Compiler, source: string, type: ExpressionType = "bool"): Expression {
  const compiled = compiler.compile(source, type);
  if (!compiled.ok) throw new Error(`${source}: ${compiled.error[0].message}`);
  return compiled.value;
}

/** `attributes`: each must be there, and not be empty. */
export function attributesJudge(paths: readonly string[], release: Release): UserJudge {
  const extensions = schemasOf(release);
  const steps = paths.map((path) => {
    const [first = "", ...rest] = path.split(".");
    const schema = first === "enterprise" ? enterpriseUserSchema.id : extensions.get(first);
    return { path, steps: [schema ?? first, ...rest] };
  });
  return ({ after }) => {
    const missing = steps.filter(({ steps }) => !isThere(after, steps)).map(({ path }) => path);
    return missing.length > 0 ? `${missing.join(", ")} is missing` : undefined;
  };
}

/** The schemas of extensions, by the names that the environment gives them. */
function schemasOf({ connectors }: Release): ReadonlyMap<string, string> {
  return new Map(
    Object.values(connectors).flatMap(({ extensions = {} }) =>
      Object.entries(extensions).map(([name, { schema }]): [string, string] => [name, schema]),
    ),
  );
}

function isThere(value: unknown, [step, ...rest]: readonly string[]): boolean {
  if (Array.isArray(value))
    return value.some((item) => isThere(item, step === undefined ? [] : [step, ...rest]));
  if (step === undefined) return value !== undefined && value !== null && value !== "";
  if (typeof value !== "object" || value === null) return false;
  return isThere((value as User)[step], rest);
}

/** The longest text that a pattern is tried on. */
const longestMatched = 1_024;

/** `values`: what an account, an e-mail address or a userName must look like. The value itself is never told. */
export function valuesJudge({
  of,
  pattern,
  domains,
  reserved,
}: NonNullable<Constraint["values"]>): UserJudge {
  const matches = pattern === undefined ? undefined : wholeMatch(pattern);
  const allowed = domains && new Set(domains.map(lowerAscii));
  const taken = reserved && new Set(reserved.map(foldName));
  return (written) => {
    const value = readValue(written, of);
    if (value === undefined) return `there is no ${of}`;
    if (matches && value.length > longestMatched)
      return `the ${of} is longer than ${longestMatched} characters`;
    if (matches && !matches(value)) return `the ${of} does not match ${pattern}`;
    const domain = value.includes("@") ? lowerAscii(value.slice(value.lastIndexOf("@") + 1)) : undefined;
    if (allowed && (domain === undefined || !allowed.has(domain)))
      return `the ${of} is not of ${[...allowed].join(" or ")}`;
    if (taken?.has(foldName(value))) return `the ${of} is reserved`;
    return undefined;
  };
}

/** `keys`: what is new among an account's public keys; who only loses some is not kept from that. */
export function keysJudge(
  { types, maximum }: NonNullable<Constraint["keys"]>,
  { release, compilers }: { readonly release: Release; readonly compilers: Compilers },
): UserJudge {
  const expressions = new Map(
    Object.entries(release.connectors).flatMap(([name, { mapping }]) => {
      const compiler = compilers.ofConnector(name);
      return mapping.keys === undefined
        ? []
        : [[name, compile(compiler, mapping.keys, "list<string>")] as const];
    }),
  );
  const sent = (connector: string, user: User) => {
    const expression = expressions.get(connector);
    const { vars } = compilers.ofAll;
    return parseSshKeys(expression ? (expression.evaluate({ user, vars }) as string[]) : []).keys;
  };
  return ({ before, hadAccount, after }, connector) => {
    // of who is let in only now, all are new
    const former = hadAccount ? before : undefined;
    const result = attempt(() => [sent(connector, after), former ? sent(connector, former) : []]);
    if (!result.ok) return result.error;
    const [keys = [], sentBefore = []] = result.value as SshKey[][];
    const there = new Set(sentBefore.map(keyText));
    const added = keys.filter((key) => !there.has(keyText(key)));
    const other = types && added.find(({ type }) => !types.includes(type));
    if (other) return `SSH key ${fingerprint(other)} is of type ${other.type}, not ${types.join(" or ")}`;
    return maximum !== undefined && added.length > 0 && keys.length > maximum
      ? `${keys.length} SSH keys are more than ${maximum}`
      : undefined;
  };
}

/** What is allowed is not to be met by a letter that only becomes one of it. */
const lowerAscii = (text: string) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

function readValue(
  { account, after }: WrittenUser,
  of: "account" | "email" | "userName",
): string | undefined {
  if (of === "account") return account.name;
  return of === "email" ? account.email : String(after.userName);
}
