/** The kinds that judge a user who has an account after the write: what must be true of attributes and values. */
import type { Constraint } from "../../model/environment/constraint.ts";
import { wholeMatch } from "../../model/regular-expression.ts";
import { enterpriseUserSchema } from "../../model/scim/enterprise-user.ts";
import type { User } from "../user.ts";
import type { WrittenUser } from "./change.ts";

/** Why a user does not satisfy a constraint; undefined when it does. */
export type UserJudge = (user: WrittenUser) => string | undefined;

/** `attributes`: each must be there, and not be empty. */
export function attributesJudge(
  paths: readonly string[],
  extensions: ReadonlyMap<string, string>,
): UserJudge {
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

function isThere(value: unknown, [step, ...rest]: readonly string[]): boolean {
  if (Array.isArray(value))
    return value.some((item) => isThere(item, step === undefined ? [] : [step, ...rest]));
  if (step === undefined) return value !== undefined && value !== null && value !== "";
  if (typeof value !== "object" || value === null) return false;
  return isThere((value as User)[step], rest);
}

/** `values`: what an account, an e-mail address or a userName must look like. */
export function valuesJudge({
  of,
  pattern,
  domains,
  reserved,
}: NonNullable<Constraint["values"]>): UserJudge {
  const matches = pattern === undefined ? undefined : wholeMatch(pattern);
  const allowed = domains && new Set(domains.map((domain) => domain.toLowerCase()));
  const taken = reserved && new Set(reserved.map((name) => name.toLowerCase()));
  return (written) => {
    const value = readValue(written, of);
    if (value === undefined) return `there is no ${of}`;
    if (matches && !matches(value)) return `${of} "${value}" does not match ${pattern}`;
    const domain = value.includes("@") ? value.slice(value.lastIndexOf("@") + 1).toLowerCase() : undefined;
    if (allowed && (domain === undefined || !allowed.has(domain)))
      return `${of} "${value}" is not of ${[...allowed].join(" or ")}`;
    if (taken?.has(value.toLowerCase())) return `${of} "${value}" is reserved`;
    return undefined;
  };
}

function readValue(
  { account, after }: WrittenUser,
  of: "account" | "email" | "userName",
): string | undefined {
  if (of === "account") return account.name;
  return of === "email" ? account.email : String(after.userName);
}
