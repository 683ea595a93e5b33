/** Refusals as SCIM's HTTP words them (RFC 7644, section 3.12): the one table from codes to statuses. */
import type { ScimWriteCode } from "../../api/codes.ts";
import { type ScimCode, type ScimError, shortened } from "../../scim/error.ts";
import type { Held, Rejection } from "../operations/outcome.ts";

/** A refusal on its way to a client. `detail` is for people: what is wrong and what was expected, never a secret. */
export interface ScimRefusal {
  /** The HTTP status. */
  readonly status: number;
  readonly scimType?: ScimType;
  readonly detail: string;
  /** What its response says in headers, such as `Allow`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Where it waits, for programs. */
  readonly held?: HeldMessage;
}

/** Of what is held: the row where it waits, the constraints that are the reason, and who decides. */
interface HeldMessage {
  readonly id: string;
  readonly rules: readonly string[];
  readonly owner?: string;
}

/** Those of RFC 7644, table 9, and of cursors RFC 9865, table 1, that are ever said here. */
type ScimType = Exclude<ScimCode, "tooLarge"> | "uniqueness";

/** The status of each code, and the scimType beside it. */
const answers: Readonly<Record<ScimWriteCode, readonly [status: number, scimType?: ScimType]>> = {
  invalidFilter: [400, "invalidFilter"],
  invalidPath: [400, "invalidPath"],
  invalidSyntax: [400, "invalidSyntax"],
  invalidValue: [400, "invalidValue"],
  invalidCursor: [400, "invalidCursor"],
  invalidCount: [400, "invalidCount"],
  mutability: [400, "mutability"],
  noTarget: [400, "noTarget"],
  tooMany: [400, "tooMany"],
  uniqueness: [409, "uniqueness"],
  tooLarge: [413],
  notFound: [404],
  otherVersion: [412],
  mappingFailed: [400, "invalidValue"],
  overBudget: [400, "invalidValue"],
  accountTaken: [409, "uniqueness"],
  // what the request holds is wrong, or what is there does not allow it
  constraintOnValue: [400, "invalidValue"],
  constraintOnAccess: [409],
  held: [409],
  // to be tried again, when the clock is mended
  tokenInDoubt: [503],
  // or the secret is there
  secretMissing: [503],
  addressMoved: [503],
  diskFull: [503],
  tooManyHeld: [503],
  quarantined: [503],
  tokenWithdrawn: [401],
  connectorUnknown: [503],
  onlyRemovals: [503],
};

/** A refusal of HTTP's own, such as 405, by its status. */
export function scimRefusal(status: number, text: string): ScimRefusal {
  return { status, detail: shortened(text) };
}

/** A refusal in whatever form: SCIM's language and operations know no status. */
export type Rejected = ScimRefusal | ScimError | Rejection;

/** The scimRefusal as it is answered. */
export function answerOf(rejected: Rejected): ScimRefusal {
  if ("status" in rejected) return rejected;
  const { code, detail } = rejected;
  const [status, scimType] = answers[code as ScimWriteCode];
  return {
    status,
    ...(scimType && { scimType }),
    detail: shortened(detail),
    ...("kind" in rejected && rejected.kind === "held" && heldMessage(rejected)),
    // as to whoever comes with such a token (RFC 6750, section 3.1)
    ...(status === 401 && { headers: { "WWW-Authenticate": 'Bearer error="invalid_token"' } }),
  };
}

function heldMessage({ id, rules, owner }: Held): Pick<ScimRefusal, "held"> {
  return id === undefined ? {} : { held: { id, rules, ...(owner !== null && { owner }) } };
}

/** What no schema knows: where a request waits. */
const heldUrn = "urn:hgscim:scim:schemas:Held";

/** The scimRefusal as the body of its response: `status` is a string there. */
export function errorBody({ status, scimType, detail, held }: ScimRefusal) {
  return {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:Error", ...(held ? [heldUrn] : [])],
    status: String(status),
    ...(scimType && { scimType }),
    detail,
    ...(held && { [heldUrn]: held }),
  };
}

/** Of every SCIM message (RFC 7644, section 8.1). */
export const scimMediaType = "application/scim+json";
