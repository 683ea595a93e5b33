/** How the admin API refuses: by a code, from which the status follows. */
import type { FastifyReply } from "fastify";
import type { AdminCode, HoldCode, ReleaseCode, ScimWriteCode } from "../../api/codes.ts";
import type { AdminRefusal } from "../../api/contract.ts";
import type { ErrorForm, HttpError } from "../http/error-form.ts";
import type { Rejection } from "../operations/outcome.ts";

/** A refusal of the admin API, whose `detail` is its message. */
interface AdminError extends HttpError {
  readonly code: Code;
  /** What is wrong in particular, where there is more than one thing. */
  readonly problems?: readonly string[];
}

/** Why something is refused, by SCIM's codes as far as they are not of SCIM alone. */
type Code =
  | AdminCode
  | ReleaseCode
  | HoldCode
  // of a user who would get an account by an approver's word, or of what was held
  | ScimWriteCode;

const statusOf: Readonly<Record<Code, number>> = {
  unauthorized: 401,
  forbidden: 403,
  conditionMissing: 428,
  invalidRequest: 400,
  tooLarge: 413,
  notThere: 404,
  tooManyPreflights: 429,
  noRelease: 404,
  accountUnknown: 404,
  otherVersionOfHgscim: 409,
  releaseAltered: 409,
  storeRestored: 409,
  releaseUnderway: 409,
  beyondBounds: 409,
  approvalElsewhere: 409,
  approvalOtherRelease: 409,
  approvalOtherBase: 409,
  approvalUnknown: 409,
  approvalExceeded: 409,
  endPrevented: 409,
  accountInUse: 409,
  notQuarantined: 409,
  accountNotWithheld: 409,
  accountContested: 409,
  accountTaken: 409,
  breakGlassNotAllowed: 403,
  breakGlassDenied: 403,
  breakGlassSuspended: 403,
  breakGlassTooLong: 422,
  breakGlassUnneeded: 409,
  takenUnknown: 404,
  repositoryUnknown: 404,
  clockInDoubt: 409,
  clockDiffers: 409,
  holdUnknown: 404,
  holdEnded: 409,
  holdChanged: 412,
  holdBehind: 409,
  ownAccount: 409,
  // what was asked for at another time does not fit what is there now
  invalidFilter: 409,
  invalidPath: 409,
  invalidSyntax: 409,
  invalidValue: 409,
  invalidCursor: 409,
  invalidCount: 409,
  mutability: 409,
  noTarget: 409,
  tooMany: 409,
  uniqueness: 409,
  notFound: 409,
  otherVersion: 409,
  tokenInDoubt: 409,
  secretMissing: 409,
  addressMoved: 409,
  tokenWithdrawn: 409,
  diskFull: 503,
  connectorUnknown: 503,
  onlyRemovals: 409,
  tooManyHeld: 409,
  quarantined: 409,
  constraintOnValue: 409,
  constraintOnAccess: 409,
  held: 409,
  mappingFailed: 409,
  overBudget: 409,
  releaseMoved: 412,
  releaseInvalid: 422,
  secretUnresolved: 422,
  secretUnusable: 422,
  peopleDoNotFit: 422,
  tookTooLong: 422,
  untilUnfit: 422,
  verificationFailed: 422,
  accessShut: 422,
  repositoriesUnreadable: 422,
  accessFileBehind: 503,
  accessFileDiffers: 503,
  certificateNotTaken: 503,
  configurationNotTaken: 503,
  unavailable: 503,
  failed: 500,
};

/** In how many seconds it is worth to come again (RFC 9110, section 10.2.3). */
const retryAfter: Readonly<Partial<Record<Code, string>>> = { releaseUnderway: "5" };

/** A refusal by its code. */
export function adminRefusal(code: Code, message: string, problems: readonly string[] = []): AdminError {
  const again = retryAfter[code];
  return {
    status: statusOf[code],
    code,
    detail: message,
    problems,
    ...(again !== undefined && { headers: { "Retry-After": again } }),
  };
}

/** To nobody who is known. */
export const unknownHolder: AdminError = {
  ...adminRefusal("unauthorized", "the admin token is missing or unknown"),
  headers: { "WWW-Authenticate": "Bearer" },
};

/** Answers with a refusal by its code. */
export function refuseFor(reply: FastifyReply, ...reason: Parameters<typeof adminRefusal>): FastifyReply {
  return reply.refuse(adminRefusal(...reason));
}

/** Answers with the refusal of an operation on a release or an account, or of what it makes of a user: no other comes here. */
export function reject(reply: FastifyReply, { code, detail, problems }: Rejection): FastifyReply {
  return refuseFor(reply, code as Code, detail, problems);
}

/** How the admin listeners word their errors. */
export const adminErrorForm: ErrorForm<AdminError> = {
  of: (status, message) => ({ ...adminRefusal(codeOf(status), message), status }),
  body: ({ code, detail, problems = [] }) =>
    ({ error: { code, message: detail, problems: [...problems] } }) satisfies AdminRefusal,
  type: () => "application/json; charset=utf-8",
  facts: ({ code }) => ({ code }),
};

/** The code of what HTTP itself refuses, where the status comes first, and of failures. */
function codeOf(status: number): Code {
  if (status === 413 || status === 431) return "tooLarge";
  if (status === 503) return "unavailable";
  return status < 500 ? "invalidRequest" : "failed";
}
