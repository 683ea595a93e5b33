/** How the SCIM listener answers whoever is not let in (RFC 6750, section 3; RFC 6585, section 4). */
import type { Milliseconds } from "../../model/time.ts";
import type { Refusal } from "../authentication/refusal.ts";
import { type ScimRefusal, scimRefusal } from "./refusal.ts";

/** The answer to a scimRefusal, with the headers that say what to send instead, or when. */
export function unauthorized(refusal: Refusal): ScimRefusal {
  switch (refusal.code) {
    // without an error code: whoever sends no token knows nothing of it yet (RFC 6750, section 3.1)
    case "noToken":
    case "malformed":
      return challenge(401, refusal, "Bearer");
    case "invalidToken":
    case "pastLifetime":
      return challenge(401, refusal, 'Bearer error="invalid_token"');
    case "insufficientScope": {
      const wanted = refusal.scope === undefined ? "" : `, scope="${refusal.scope}"`;
      return challenge(403, refusal, `Bearer error="insufficient_scope"${wanted}`);
    }
    case "tooManyRequests":
      return later(429, refusal);
    case "cannotTell":
      return later(503, refusal);
  }
}

function challenge(status: 401 | 403, { detail }: Refusal, value: string): ScimRefusal {
  return { ...scimRefusal(status, detail), headers: { "WWW-Authenticate": value } };
}

/** In whole seconds (RFC 9110, section 10.2.3), never too early. */
function later(status: 429 | 503, { detail, wait }: Refusal & { readonly wait: Milliseconds }): ScimRefusal {
  const seconds = Math.max(1, Math.ceil(wait / 1_000));
  return { ...scimRefusal(status, detail), headers: { "Retry-After": String(seconds) } };
}
