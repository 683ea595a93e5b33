/**
 * How many resources each identity provider asks for in one page of a list, as far as it says so. An answer has never more than are asked
 * for, so that a larger `pageSize` has no effect; a smaller one loses people where the provider goes on by what it has asked for.
 */
import type { Connector } from "../environment/connector.ts";

interface Pages {
  /** `asks`: for so many; `any`: it takes what it gets; `unknown`: it says nothing of it, and nothing is held against it. */
  readonly kind: "asks" | "any" | "unknown";
  readonly count?: number;
  /** Whether it goes on by as many as it asked for, however few it got. */
  readonly skips?: boolean;
  /** The page on which somebody says so. */
  readonly source?: string;
}

export const pagesOf: Readonly<Record<Connector["idp"], Pages>> = {
  okta: {
    ...{ kind: "asks", count: 100, skips: true },
    source: "https://developer.okta.com/docs/api/openapi/okta-scim/guides/scim-20",
  },
  entra: { kind: "unknown" },
  google: { kind: "unknown" },
  onelogin: { kind: "unknown" },
  jumpcloud: { kind: "unknown" },
  authentik: {
    kind: "any",
    source: "https://github.com/goauthentik/authentik/blob/main/authentik/providers/scim/clients/groups.py",
  },
  keycloak: { kind: "unknown" },
  scim: { kind: "unknown" },
};

/** The fewest that a page may have. */
export function smallestPage(idp: Connector["idp"]): number {
  const { skips, count = 1 } = pagesOf[idp];
  return skips ? count : 1;
}
