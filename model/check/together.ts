/** What no environment can be judged on alone: whether two of them have one secret, or one agent, or take another's for a third's. */
import { agentAddress } from "../agent-address.ts";
import { type DocumentNode, entryAt } from "../document.ts";
import { HttpUrl } from "../environment/common.ts";
import type { Position, Problem } from "../problem.ts";
import { SecretReference } from "../reference.ts";

/**
 * What one environment has and no other one may, a secret or the address of its agent; or what it takes for the agent of another
 * one; and where that was written.
 */
export interface Claim {
  readonly kind: keyof typeof kinds | "origin";
  /** One text for one thing, however it was written. */
  readonly thing: string;
  readonly at: Position;
  /** Of an origin: the environment whose agent it should be. */
  readonly of?: string;
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
  const from = entryAt(root, ["promote", "from"]);
  return [
    ...addressAt(root, "delivery").map((address) => ({ kind: "agent" as const, ...address })),
    ...addressAt(root, "promote").map((address) => ({
      kind: "origin" as const,
      ...address,
      ...(from?.kind === "scalar" && { of: String(from.value) }),
    })),
    ...secretsOf(root),
  ];
}

/** The address of an agent under a key, if there is one. */
function addressAt(root: DocumentNode, key: "delivery" | "promote"): Pick<Claim, "thing" | "at">[] {
  const url = entryAt(root, [key, "agent", "url"]);
  const written = url?.kind === "scalar" ? HttpUrl.safeParse(url.value).data : undefined;
  if (!url || written === undefined) return [];
  return [{ thing: agentAddress(written), at: url.at }];
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
 * What several environments claim, and what they take for another one's. Who may read a secret in staging, or leaks it there,
 * could use it in production; what is deployed to staging's agent would replace what production runs on it; and what production
 * attests is nothing that staging has tried.
 *
 * @returns by the name of each environment that claims it, the problems at every place where it stands
 */
export function sharedClaims(environments: readonly Claimant[]): ReadonlyMap<string, readonly Problem[]> {
  const places = new Map<string, { readonly name: string; readonly claim: Claim }[]>();
  for (const { name, claims } of environments)
    for (const claim of claims) listOf(places, `${claim.kind} ${claim.thing}`).push({ name, claim });
  const namesAt = (key: string) => [...new Set(places.get(key)?.map(({ name }) => name))].sort();

  const problems = new Map<string, Problem[]>();
  for (const [key, found] of places) {
    const names = namesAt(key);
    for (const { name, claim } of found) {
      const { kind, thing, at, of = name } = claim;
      if (kind === "origin") {
        const holders = namesAt(`agent ${thing}`);
        if (holders.length > 0 && !holders.includes(of))
          listOf(problems, name).push({
            at,
            code: "wrong-agent",
            message: `${thing} is the agent of ${told(holders)} (expected that of ${of})`,
          });
      } else if (names.length > 1) {
        const { code, article } = kinds[kind];
        const message = `${thing} is ${article} ${kind} of ${told(names)} (expected another one in each environment)`;
        for (const one of names) listOf(problems, one).push({ at, code, message });
      }
    }
  }
  return problems;
}

/** The names for a person, who needs not all of many. */
function told([first, second, ...more]: readonly string[]): string {
  if (second === undefined) return `${first}`;
  if (more.length === 0) return `${first} and of ${second}`;
  return `${first}, of ${second} and of ${more.length === 1 ? more[0] : `${more.length} more`}`;
}

function listOf<K, V>(lists: Map<K, V[]>, key: K): V[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}
