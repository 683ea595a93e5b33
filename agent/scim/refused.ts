/** The endpoints of RFC 7644 that are not built, and say so. */

import { fail } from "../../model/result.ts";
import type { Endpoint } from "./call.ts";
import { scimRefusal } from "./refusal.ts";

/** By their path below a connector's base URL. */
export const refusedEndpoints: readonly (readonly [string, Endpoint])[] = [
  // section 3.11: a token speaks for an identity provider, which is no user
  ["Me", refusing("/Me", "a token belongs to an identity provider and not to a user")],
  ["Me/:id", refusing("/Me", "a token belongs to an identity provider and not to a user")],
  // section 3.7
  ["Bulk", refusing("/Bulk", "send each operation by itself")],
];

function refusing(path: string, instead: string): Endpoint {
  const refuse = async () => fail(scimRefusal(501, `${path} is not supported: ${instead}`));
  return { methods: { GET: refuse, POST: refuse, PUT: refuse, PATCH: refuse, DELETE: refuse } };
}
