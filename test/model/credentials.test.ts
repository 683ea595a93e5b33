/** What tells connectors apart that take signed tokens: the issuer, the audience, or scopes of which neither has the other's. */
import { expect, test } from "vitest";
import { sharedIssuers } from "../../model/check/credentials.ts";

type Parts = Parameters<typeof sharedIssuers>[0];
interface Taken {
  readonly issuer?: string;
  readonly audience?: string;
  readonly keys?: string;
  readonly allow?: readonly string[];
  readonly scopes?: object;
}

/** Whether the second of two connectors takes what the first one takes. */
function areShared(...taken: readonly [Taken, Taken]): boolean {
  const names = ["okta", "entra"];
  const variables = taken.flatMap(({ issuer, audience, keys }, index) => [
    [`ISSUER_${index}`, { type: "url", value: issuer ?? "https://login.example.com/one" }],
    [`AUDIENCE_${index}`, { type: "string", value: audience ?? "hgscim" }],
    [`KEYS_${index}`, { type: "url", value: keys ?? "https://login.example.com/keys" }],
  ]);
  const connectors = taken.map(({ allow = ["users", "groups"], scopes }, index) => {
    const [issuer, audience, jwks] = ["ISSUER", "AUDIENCE", "KEYS"].map((name) => ({
      var: `${name}_${index}`,
    }));
    return [names[index], { auth: { oauth: { issuer, audience, jwks, ...(scopes && { scopes }) }, allow } }];
  });
  const parts = {
    connectors: Object.fromEntries(connectors),
    variables: Object.fromEntries(variables),
    secrets: {},
  };
  const shared = sharedIssuers(parts as Parts);
  expect(shared.map(({ path }) => path.join("."))).toEqual(
    shared.length > 0 ? ["connectors.entra.auth.oauth.audience"] : [],
  );
  return shared.length > 0;
}

const scopes = (users: string, groups: string) => ({ scopes: { users, groups } });

test.each<[how: string, shared: boolean, one: Taken, other: Taken]>([
  ["nothing", true, {}, {}],
  ["where the keys are", true, {}, { keys: "https://login.example.com/other/keys" }],
  ["a slash at the end of the issuer", true, {}, { issuer: "https://login.example.com/one/" }],
  ["case in the issuer's host", true, {}, { issuer: "https://Login.Example.COM/one" }],
  ["the port that is meant anyway", true, {}, { issuer: "https://login.example.com:443/one" }],
  ["what they may write", true, { allow: ["users"] }, { allow: ["groups"] }],
  ["scopes of one alone", true, scopes("a.users", "a.groups"), {}],
  ["scopes with one in common", true, scopes("a.users", "scim"), scopes("scim", "b.groups")],
  ["the issuer's path", false, {}, { issuer: "https://login.example.com/two" }],
  ["case in the issuer's path", false, {}, { issuer: "https://login.example.com/One" }],
  ["the issuer of the same keys", false, {}, { issuer: "https://other.example.com/one" }],
  ["the audience", false, {}, { audience: "hgscim-two" }],
  ["case in the audience", false, {}, { audience: "HGSCIM" }],
  ["scopes", false, scopes("a.users", "a.groups"), scopes("b.users", "b.groups")],
  [
    "a scope for what it may write",
    false,
    { allow: ["users"], scopes: { users: "a.users", groups: "b.groups" } },
    { allow: ["groups"], scopes: { groups: "b.groups" } },
  ],
])("by %s", (_, shared, one, other) => {
  expect(areShared(one, other)).toBe(shared);
  expect(areShared(other, one)).toBe(shared);
});
