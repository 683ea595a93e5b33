/** The secrets of a release: what the host's configuration lets it name, and what is there now. */
import { pointerOf } from "../../model/reference.ts";
import type { Release } from "../../model/release.ts";
import { whyNoStore } from "../../secrets/stores/configuration.ts";
import { type Resolved, SecretStores } from "../../secrets/stores/stores.ts";
import { bearerSecrets, type SecretValues } from "../authentication/bearer-secrets.ts";
import { allowsReference, type HostRules } from "../config.ts";

/** The secrets of a release, as far as they can be had. */
export interface ResolvedSecrets {
  /** By the name of the entry: of now, or the last one where there is none of now. */
  readonly secrets: SecretValues;
  /** Why others cannot be had. */
  readonly failures: readonly string[];
  /** Slots of tokens in which nothing is, beside one that has a value: by the name of the entry. */
  readonly emptySlots: ReadonlyMap<string, SecretProblem>;
  /** What is wrong with references that the host allows, whether a last value stands in or not. */
  readonly problems: readonly SecretProblem[];
}

/** A reference that cannot be resolved now. */
export interface SecretProblem {
  readonly secret: string;
  /** A sentence without a full stop that names the entry and the reference. */
  readonly problem: string;
  /** The store that is away, and how, where that is why: it says nothing of the secret. */
  readonly away: string | undefined;
  /** Whether the last value stands in. */
  readonly hasLast: boolean;
}

export interface Resolving {
  readonly host: HostRules;
  /** Without them, only what the environment and files have. */
  readonly stores?: SecretStores | undefined;
}

/**
 * The secrets of a release, by the name of the entry. What the host's configuration does not allow is never looked at.
 *
 * @param kept whether what a store has said will do as long as it is good; else it is asked again
 * @returns reasons that name references and never values
 */
export async function resolveSecrets(
  { host, stores = new SecretStores({ config: {}, measured: () => 0, pause: () => 0 }) }: Resolving,
  release: Release,
  kept: "kept" | "fresh" = "fresh",
): Promise<ResolvedSecrets> {
  const since = kept === "fresh" ? stores.now() : undefined;
  const secrets = new Map<string, (string | undefined)[]>();
  const failures: string[] = [];
  const emptySlots = new Map<string, SecretProblem>();
  const problems: SecretProblem[] = [];
  const tokens = new Set(bearerSecrets(release).values());
  for (const [name, { refs }] of Object.entries(release.secrets)) {
    const found: { readonly why: string | undefined; readonly resolved: Resolved }[] = [];
    for (const reference of refs) {
      const why = whyForbidden(host, name, reference);
      found.push({ why, resolved: why === undefined ? await stores.resolve(reference, since) : {} });
    }
    const there = found.flatMap(({ resolved: { value, problem } }) => (problem ? [] : (value ?? [])));
    const values = found.map(({ why, resolved: { value, problem } }) => {
      if (!problem) {
        if (why !== undefined) failures.push(why);
        return value;
      }
      const text = `secrets.${name}: ${problem.reason} (on the agent's host)`;
      const told = { secret: name, problem: text, away: problem.away, hasLast: value !== undefined };
      // nothing is lost where the other one has what was here, too
      const isSlot = tokens.has(name) && problem.isEmpty && there.length > 0;
      if (isSlot && (value === undefined || there.includes(value))) {
        emptySlots.set(name, { ...told, hasLast: false });
        return undefined;
      }
      if (value === undefined) failures.push(text);
      problems.push(told);
      return value;
    });
    secrets.set(name, values);
  }
  return { secrets, failures, emptySlots, problems };
}

/**
 * Why a release with these secrets does not become active: with the last value of one whose store is away it may, since that is
 * what runs; not with one that is not there any more.
 */
export function missingSecrets({ failures, problems }: ResolvedSecrets): string[] {
  const gone = problems.filter(({ away, hasLast }) => hasLast && away === undefined);
  return [...failures, ...gone.map(({ problem }) => problem)];
}

/** The references of a release that the host's configuration does not allow; nothing is resolved to tell them. */
export function forbiddenReferences(host: HostRules, release: Release): string[] {
  return Object.entries(release.secrets).flatMap(([name, { refs }]) =>
    refs.flatMap((reference) => whyForbidden(host, name, reference) ?? []),
  );
}

function whyForbidden(host: HostRules, name: string, reference: string): string | undefined {
  if (!allowsReference(host, reference))
    return `secrets.${name}: the agent's configuration does not allow ${reference} (see references in agent.yaml)`;
  const pointer = pointerOf(reference);
  const why = pointer.ok ? whyNoStore(host, pointer.value) : undefined;
  return why === undefined ? undefined : `secrets.${name}: ${reference}: ${why}`;
}
