/** Which values can be the fixed tokens of connectors. No part of a value is in what is said of it. */
import { createHmac, randomBytes } from "node:crypto";
import type { Release } from "../../model/release.ts";
import { bearerSecrets } from "./bearer-secrets.ts";

/** The fewest characters of a token: 64 bits at least, if they are hexadecimal digits. */
const shortestToken = 16;

/**
 * Why values cannot be bearer tokens of connectors: no client could send one, anybody could guess it, or it would open
 * two connectors.
 *
 * @param secrets the values, by the name of the entry
 */
export function unusableTokens(release: Release, secrets: ReadonlyMap<string, readonly string[]>): string[] {
  const entries = [...new Set(bearerSecrets(release).values())];
  return [
    ...entries.flatMap((name) =>
      (secrets.get(name) ?? []).flatMap((value, index) => {
        const problem = valueProblem(value);
        return problem === undefined ? [] : `secrets.${name}.refs.${index}: the value ${problem}`;
      }),
    ),
    ...sharedTokens(release, secrets),
  ];
}

function valueProblem(value: string): string | undefined {
  if (/[^\x21-\x7e]/.test(value))
    return "has spaces or other characters that no header carries (expected the token alone)";
  return value.length < shortestToken
    ? `is too short to be safe (expected ${shortestToken} characters or more)`
    : undefined;
}

/** Whoever holds a token of two connectors could write as either: then neither says who has written. */
function sharedTokens(release: Release, secrets: ReadonlyMap<string, readonly string[]>): string[] {
  const key = randomBytes(32);
  const owners = new Map<string, string>();
  return [...bearerSecrets(release)].flatMap(([connector, secret]) =>
    [...new Set(secrets.get(secret))].flatMap((value) => {
      const mark = createHmac("sha256", key).update(value).digest("base64");
      const owner = owners.get(mark);
      owners.set(mark, owner ?? connector);
      return owner === undefined
        ? []
        : `connectors.${connector}.auth.bearer: the token is also that of connector ${owner} (expected one of its own)`;
    }),
  );
}
