/** Which values can be the fixed tokens of connectors. No part of a value is in what is said of it. */
import type { Release } from "../../model/release.ts";
import { type HostRules, hashesOf } from "../config.ts";
import { bearerSecrets, type SecretValues } from "./bearer-secrets.ts";
import { hashToken } from "./token.ts";

/** The fewest characters of a token: 64 bits at least, if they are hexadecimal digits. */
const shortestToken = 16;

/** Where a value was seen before: in which entry, and by now as whose. */
export interface SeenToken {
  /** Null where an older version has noted it. */
  readonly connector: string | null;
  readonly secret: string;
}

export interface SortedTokens {
  /** The values that open a connector, by its name: that one and no other. */
  readonly usable: ReadonlyMap<string, readonly string[]>;
  /** What is wrong with the others. */
  readonly problems: readonly string[];
  /** The same, value by value. */
  readonly faults: readonly UnusableToken[];
}

/** A value that opens nothing. */
export interface UnusableToken {
  readonly secret: string;
  /** Which of its references. */
  readonly index: number;
  readonly sentence: string;
}

/** A value that a connector would take. */
interface Offer {
  readonly connector: string;
  readonly secret: string;
  readonly index: number;
  readonly value: string;
  readonly sha256: string;
}

/**
 * Sorts the values of a release's connectors. A value is none that no client could send, that anybody could guess, or that is
 * somebody else's: an admin's, or that of another connector, which has it now or has used it first.
 *
 * @param seen those that were seen before, by their SHA-256
 */
export function sortTokens(
  { tokens: admins = [] }: Pick<HostRules, "tokens">,
  release: Release,
  secrets: SecretValues,
  seen: ReadonlyMap<string, SeenToken>,
): SortedTokens {
  const offers = offersOf(release, secrets);
  const usable = new Map<string, string[]>();
  const problems = new Set<string>();
  const faults: UnusableToken[] = [];
  for (const offer of offers) {
    const { connector, secret, index, value, sha256 } = offer;
    const problem = tokenProblem(value);
    const admin = admins.find((one) => hashesOf(one).includes(sha256));
    const others = offers.filter((other) => other.sha256 === sha256 && other.connector !== connector);
    const keeper = keeperOf(release, [offer, ...others], seen.get(sha256));
    const whose = `connectors.${connector}.auth.bearer`;
    const own = "(expected one of its own)";
    const unusable = (at: string, sentence: string) => {
      problems.add(`${at}: ${sentence}`);
      faults.push({ secret, index, sentence });
    };
    if (problem !== undefined) unusable(`secrets.${secret}.refs.${index}`, `the value ${problem}`);
    else if (admin) unusable(whose, `the token is also the admin token ${admin.name} of agent.yaml ${own}`);
    else if (keeper !== connector)
      unusable(
        whose,
        others.length === 0
          ? `the token was that of connector ${keeper} ${own}`
          : `the token is also that of connector ${keeper ?? others[0]?.connector} ${own}`,
      );
    else usable.set(connector, [...(usable.get(connector) ?? []), value]);
  }
  return { usable, problems: [...problems], faults };
}

/** The SHA-256 of each value that a connector of a release would take. */
export function offeredHashes(release: Release, secrets: SecretValues): string[] {
  return offersOf(release, secrets).map(({ sha256 }) => sha256);
}

function offersOf(release: Release, secrets: SecretValues): readonly Offer[] {
  return [...bearerSecrets(release)].flatMap(([connector, secret]) =>
    (secrets.get(secret) ?? []).flatMap((value, index) =>
      value === undefined
        ? []
        : { connector, secret, index, value, sha256: hashToken(value).toString("hex") },
    ),
  );
}

/** Whose a value is: of several who offer it, whoever used it first; nobody's where that is not known. */
function keeperOf(
  { connectors }: Release,
  offers: readonly Offer[],
  seen: SeenToken | undefined,
): string | undefined {
  const only = offers.every(({ connector }) => connector === offers[0]?.connector)
    ? offers[0]?.connector
    : undefined;
  if (seen === undefined) return only;
  // one that is gone may be the same one by another name
  if (seen.connector !== null) return Object.hasOwn(connectors, seen.connector) ? seen.connector : only;
  return only ?? offers.find(({ secret }) => secret === seen.secret)?.connector;
}

/** Why a text can be no token, as a sentence that begins behind "the value"; undefined where it can. */
export function tokenProblem(value: string): string | undefined {
  if (/[^\x21-\x7e]/.test(value))
    return "has spaces or other characters that no header carries (expected the token alone)";
  return value.length < shortestToken
    ? `is too short to be safe (expected ${shortestToken} characters or more)`
    : undefined;
}
