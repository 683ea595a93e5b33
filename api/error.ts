/** What an answer of the admin API, or none, means for whoever asked. */
import { fail, type Result } from "../model/result.ts";

/** Why the agent did not do what it was asked, or did not say what it was asked. */
export interface AdminError {
  /**
   * - `unreachable`: no complete answer; a write may have happened or not
   * - `untrusted`: its certificate is not what was expected, so nothing was sent
   * - `misdirected`: it is the agent of another environment, so nothing else was asked
   * - `unauthorized`: the agent does not know the token (401)
   * - `forbidden`: the token's role is not enough (403)
   * - `moved`: another release is active than was expected (412)
   * - `refused`: the agent says no (any other 4xx)
   * - `failed`: the agent broke (5xx)
   * - `nonsense`: an answer that is not of this API
   */
  readonly kind:
    | "unreachable"
    | "untrusted"
    | "misdirected"
    | "unauthorized"
    | "forbidden"
    | "moved"
    | "refused"
    | "failed"
    | "nonsense";
  /** The status of the answer; 0 without one. */
  readonly status: number;
  /** One sentence that names the URL, without a full stop. */
  readonly message: string;
  /** What in particular is wrong, as the agent tells it. */
  readonly problems: readonly string[];
}

/** A 404 that is not in the API's own words comes from another server, and says nothing about a release. */
export function errorKindOf(status: number, isRefusal: boolean): AdminError["kind"] {
  if (status === 401) return "unauthorized";
  if (status === 403) return "forbidden";
  if (status >= 500) return "failed";
  if (status < 400 || !isRefusal) return "nonsense";
  return status === 412 ? "moved" : "refused";
}

/** An error as a result. */
export function failure(
  kind: AdminError["kind"],
  status: number,
  message: string,
  problems: readonly string[] = [],
): Result<never, AdminError> {
  return fail({ kind, status, message, problems });
}
