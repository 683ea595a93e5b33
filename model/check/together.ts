/** What no environment can be judged on alone: whether two of them have one secret, or one agent. */
import { agentAddress } from "../agent-address.ts";
import { type DocumentNode, entryAt } from "../document.ts";
import { HttpUrl } from "../environment/common.ts";
import type { Position, Problem } from "../problem.ts";
import { SecretReference } from "../reference.ts";

/** What one environment has and no other one may: a secret, or the address of its agent; and where it was written. */
export interface Claim {
  readonly kind: keyof typeof kinds;
  /** One text for one thing, however it was written. */
  readonly thing: string;
  readonly at: Position;
}

/** An environment, by its name, with what it claims. */
export interface Claimant {
  readonly name: string;
  readonly claims: readonly Claim[];
}

const kinds = {
  secret: { code: "shared-secret", article: "a" },
  agent: { code: "shared-agent", article: "the" },
} as const;

/** What an environment claims, which need not be valid. */
export function claimsOf(root: DocumentNode): Claim[] {
  return [...agentOf(root), ...secretsOf(root)];
}

function agentOf(root: DocumentNode): Claim[] {
  const url = entryAt(root, ["delivery", "agent", "url"]);
  const written = url?.kind === "scalar" ? HttpUrl.safeParse(url.value).data : undefined;
  if (!url || written === undefined) return [];
  return [{ kind: "agent", thing: agentAddress(written), at: url.at }];
}

function secretsOf(root: DocumentNode): Claim[] {
  const secrets = entryAt(root, ["secrets"]);
  if (secrets?.kind !== "map") return [];
  return [...secrets.entries.values()].flatMap(({ node }) => {
    const refs = entryAt(node, ["refs"]);
    return (refs?.kind === "list" ? refs.items : []).flatMap((item): Claim[] => {
      // what is none may be a secret, and is told of by its own environment
      const reference = item.kind === "scalar" ? SecretReference.safeParse(item.value).data : undefined;
      return reference === undefined ? [] : [{ kind: "secret", thing: reference, at: item.at }];
    });
  });
}

/**
 * What several environments claim. Who may read a secret in staging, or leaks it there, could use it in production; and what
 * is deployed to staging's agent would replace what production runs on it.
 *
 * @returns by the name of each environment that claims it, the problems at every place where it stands
 */
export function sharedClaims(environments: readonly Claimant[]): ReadonlyMap<string, readonly Problem[]> {
  const places = new Map<string, { readonly name: string; readonly claim: Claim }[]>();
  for (const { name, claims } of environments)
    for (const claim of claims) listOf(places, `${claim.kind} ${claim.thing}`).push({ name, claim });
  const problems = new Map<string, Problem[]>();
  for (const found of places.values()) {
    const names = [...new Set(found.map(({ name }) => name))].sort();
    if (names.length < 2) continue;
    for (const name of names)
      listOf(problems, name).push(
        ...found.map(({ claim: { kind, thing, at } }) => ({
          at,
          code: kinds[kind].code,
          message: `${thing} is ${kinds[kind].article} ${kind} of ${told(names)} (expected another one in each environment)`,
        })),
      );
  }
  return problems;
}

/** The names for a person, who needs not all of many. */
function told([first, second, ...more]: readonly string[]): string {
  if (more.length === 0) return `${first} and of ${second}`;
  return `${first}, of ${second} and of ${more.length === 1 ? more[0] : `${more.length} more`}`;
}

function listOf<K, V>(lists: Map<K, V[]>, key: K): V[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}
