/** The answers to whoever is not let in (RFC 6750, section 3; RFC 6585, section 4). */

/** Why a request is not let in, with the headers of its answer. */
export interface Refusal {
  /** The HTTP status. */
  readonly status: 401 | 403 | 429 | 503;
  /** For people, and never a token. */
  readonly detail: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** No token was given: no error code either, says RFC 6750 in section 3.1. */
export const noToken: Refusal = {
  status: 401,
  detail: "the bearer token is missing (expected Authorization: Bearer and the token)",
  headers: { "WWW-Authenticate": "Bearer" },
};

/** The header is there, and is none of RFC 6750. */
export const malformed: Refusal = {
  ...noToken,
  detail: "the Authorization header is malformed (expected Bearer, one space and the token alone)",
};

/** The token is not, or no longer, one that is accepted. */
export function invalidToken(detail: string): Refusal {
  return { status: 401, detail, headers: { "WWW-Authenticate": 'Bearer error="invalid_token"' } };
}

/** The token may not do what is asked; with the scope that may, where there is one. */
export function insufficientScope(detail: string, scope?: string): Refusal {
  const wanted = scope === undefined ? "" : `, scope="${scope}"`;
  return {
    status: 403,
    detail,
    headers: { "WWW-Authenticate": `Bearer error="insufficient_scope"${wanted}` },
  };
}

/** Too much was sent; `wait` in milliseconds. */
export function tooManyRequests(detail: string, wait: number): Refusal {
  return { status: 429, detail, headers: retryAfter(wait) };
}

/** It cannot be told now whether the token is valid; `wait` in milliseconds. */
export function cannotTell(detail: string, wait: number): Refusal {
  return { status: 503, detail, headers: retryAfter(wait) };
}

/** In whole seconds (RFC 9110, section 10.2.3), never too early. */
function retryAfter(wait: number): Refusal["headers"] {
  return { "Retry-After": String(Math.max(1, Math.ceil(wait / 1_000))) };
}
