/** The secrets of a release on this host: whether each is there, can be guessed, ends, and is nobody else's. */
import { X509Certificate } from "node:crypto";
import { stat } from "node:fs/promises";
import type { PreflightCheck } from "../../api/preflight.ts";
import { milliseconds } from "../../model/duration.ts";
import type { Release } from "../../model/release.ts";
import type { Result } from "../../model/result.ts";
import type { Milliseconds, Time } from "../../model/time.ts";
import { type Fault, failedCheck, type LookedAt, passed, unlooked, warned } from "../../preflight/check.ts";
import { ofSecret } from "../../preflight/owner.ts";
import { describeDuration } from "../../report/duration.ts";
import { isoTime } from "../../report/time.ts";
import type { StoreFailure } from "../../secrets/stores/failure.ts";
import { signingKey } from "../alerts/signature.ts";
import { bearerSecrets } from "../authentication/bearer-secrets.ts";
import { seenSince, sortSeenTokens } from "../authentication/first-seen.ts";
import { weakness } from "../authentication/strength.ts";
import { hashToken } from "../authentication/token.ts";
import { allowsReference, type HostRules } from "../config.ts";
import type { Store } from "../store/schema.ts";
import { type Allowance, leftOut } from "./allowance.ts";

/** How long before its end a secret is told. */
const ahead: Milliseconds = 14 * 86_400_000;

/** What a reference points at, as the agent has it: a secret, or why there is none as a sentence. */
export type Resolve = (reference: string) => Promise<Result<string, string>>;

/** The same, for whoever tells a place where nothing is from one that cannot be read. */
export type FindSecret = (reference: string) => Promise<Result<string, StoreFailure>>;

export interface SecretParts {
  readonly reads: Store;
  readonly host: HostRules;
  readonly now: Time;
  readonly allowance: Allowance;
  readonly find: FindSecret;
}

/** What one reference came to. */
export interface PointedAt {
  readonly secret: string;
  readonly reference: string;
  /** Undefined where it cannot be had, or was not looked at. */
  readonly value: string | undefined;
  /** What was said where there is none. */
  readonly checks: readonly PreflightCheck[];
  /** Nothing is there, where something could be. */
  readonly isEmpty?: boolean;
  /** Nothing is said of it: it is there for what others are compared with. */
  readonly isOmitted?: boolean;
}

/** Resolves what may be resolved. */
export function pointedAt(release: Release, { host, allowance, find }: SecretParts): Promise<PointedAt[]> {
  const all = Object.entries(release.secrets).flatMap(([secret, { refs }]) =>
    refs.map((reference) => ({ secret, reference })),
  );
  return Promise.all(
    all.map(async ({ secret, reference }): Promise<PointedAt> => {
      const looked = look(release, secret, reference, "value");
      const verdict = allowance.reference(reference);
      if (verdict === "omit") {
        const known = allowsReference(host, reference) ? await find(reference) : undefined;
        return { secret, reference, value: known?.ok ? known.value : undefined, checks: [], isOmitted: true };
      }
      if (!allowsReference(host, reference))
        return none(secret, reference, [
          failedCheck(looked, {
            found: "the agent's configuration does not allow this reference",
            expected: `one that references in agent.yaml allows (${host.references.join(", ") || "none"})`,
            mend: `correct the reference, or have ${reference} added to references in agent.yaml`,
          }),
        ]);
      if (verdict === "leave out") return none(secret, reference, [unlooked(looked, leftOut)]);
      const resolved = await find(reference);
      if (resolved.ok) return { secret, reference, value: resolved.value, checks: [] };
      const check = failedCheck(looked, {
        found: resolved.error.reason.replace(`${reference}: `, ""),
        expected: "the secret, on the agent's host",
        mend: "put the secret where the reference points, readable for the agent's user alone",
      });
      return { ...none(secret, reference, [check]), isEmpty: resolved.error.isEmpty ?? false };
    }),
  );
}

function none(secret: string, reference: string, checks: readonly PreflightCheck[]): PointedAt {
  return { secret, reference, value: undefined, checks };
}

function look(release: Release, secret: string, reference: string, what: string): LookedAt {
  return { subject: "secret", ...ofSecret(release, secret), what: `${what} of ${reference}` };
}

/** What is to be said of each of them. */
export async function secretChecks(
  release: Release,
  found: readonly PointedAt[],
  parts: SecretParts,
): Promise<PreflightCheck[]> {
  const { reads, host } = parts;
  const values = new Map<string, (string | undefined)[]>();
  for (const { secret, value } of found) values.set(secret, [...(values.get(secret) ?? []), value]);
  const { faults } = await sortSeenTokens(reads, host, release, values);
  const bearers = new Set(bearerSecrets(release).values());
  const signing = new Set(
    (release.settings.alerts ?? []).flatMap(({ secret }) => {
      const variable = secret && release.variables[secret.var];
      return variable?.type === "secret" ? variable.secret : [];
    }),
  );
  const each = found.map(async (one): Promise<PreflightCheck[]> => {
    const { secret, reference, value, checks } = one;
    const at = (what: string) => look(release, secret, reference, what);
    const isFilled = found.some((other) => other.secret === secret && other.value !== undefined);
    if (one.isEmpty && bearers.has(secret) && isFilled)
      return [passed(at("value"), "nothing is there: the next value comes there")];
    if (value === undefined || one.isOmitted) return [...checks];
    const index = (values.get(secret) ?? []).indexOf(value);
    const fault = faults.find((other) => other.secret === secret && other.index === index);
    return [
      valueCheck(at("value"), value, {
        fault: fault?.sentence,
        isToken: bearers.has(secret),
        signs: signing.has(secret),
      }),
      apartCheck(at("use"), one, found, bearers.has(secret) || signing.has(secret)),
      await ageCheck(at("age"), one, release, parts),
      ...ends(at("end"), value, parts.now),
      ...(await openness(at("file"), reference)),
    ];
  });
  return (await Promise.all(each)).flat();
}

/** Whether it can be what it is used as. */
function valueCheck(
  looked: LookedAt,
  value: string,
  {
    fault,
    isToken,
    signs,
  }: { readonly fault: string | undefined; readonly isToken: boolean; readonly signs: boolean },
): PreflightCheck {
  if (fault !== undefined)
    return failedCheck(looked, {
      found: fault,
      expected: "a token that no other connector and no admin has",
      mend: "make a new one: openssl rand -hex 32 | tr -d '\\n'",
    });
  if (signs && !signingKey(value))
    return failedCheck(looked, {
      found: "the value is no key to sign by",
      expected: "whsec_ and 24 to 64 bytes in Base64",
      mend: "make one: echo whsec_$(openssl rand -base64 32)",
    });
  const weak = isToken ? weakness(value) : undefined;
  if (weak !== undefined)
    return failedCheck(looked, {
      found: `the value ${weak}: somebody can guess it`,
      expected: "one that a generator made, of 16 characters or more",
      mend: "make a new one: openssl rand -hex 32 | tr -d '\\n'",
    });
  return passed(looked, isToken ? "there, and nobody can guess it" : "there");
}

/**
 * One value for two things: whoever has it for the one has it for the other.
 *
 * @param proves whether somebody proves by it who they are; two names of one address are no mistake
 */
function apartCheck(
  looked: LookedAt,
  { secret, reference, value }: PointedAt,
  all: readonly PointedAt[],
  proves: boolean,
): PreflightCheck {
  const same = all.filter(
    (one) => one.value === value && (one.secret !== secret || one.reference !== reference),
  );
  const other = same.find((one) => one.secret !== secret);
  if (other)
    return (proves ? failedCheck : warned)(looked, {
      found: `the same value as secrets.${other.secret}`,
      expected: "a value of its own for each use",
      mend: "make a new one for one of them",
    });
  const [slot] = same;
  const alone = "no other secret of this environment has this value";
  return passed(looked, slot ? `${alone}; ${slot.reference} has it too: nothing is being rotated` : alone);
}

/** How old it is, by when the agent saw it first, or when its file was written. */
async function ageCheck(
  looked: LookedAt,
  { secret, reference, value = "" }: PointedAt,
  release: Release,
  { reads, now }: SecretParts,
): Promise<PreflightCheck> {
  const lifetime = release.secrets[secret]?.lifetime;
  const since = (await seenSince(reads, hashToken(value).toString("hex"))) ?? (await writtenAt(reference));
  const age = since === undefined ? "new" : `there for ${describeDuration(now - since)}`;
  if (lifetime === undefined) return passed(looked, `${age}; no lifetime is declared`);
  if (since === undefined)
    return passed(looked, `new: its ${lifetime} begin when the release becomes active`);
  const end = since + milliseconds(lifetime);
  const replace = `replace it: hgscim rotate ${release.environment} ${secret}`;
  if (end <= now)
    return failedCheck(looked, {
      found: `${age}, and its lifetime of ${lifetime} ended ${isoTime(end)}`,
      expected: `a value that is younger than ${lifetime}`,
      mend: replace,
    });
  return end - now < Math.min(ahead, milliseconds(lifetime) / 2)
    ? warned(looked, {
        found: `its lifetime ends in ${describeDuration(end - now)} (${isoTime(end)})`,
        expected: "time to replace it",
        mend: replace,
      })
    : passed(looked, `${age}; its lifetime ends ${isoTime(end)}`);
}

async function writtenAt(reference: string): Promise<Time | undefined> {
  const file = fileOf(reference);
  const found = file === undefined ? undefined : await stat(file).catch(() => undefined);
  return found && Math.round(found.mtimeMs);
}

function fileOf(reference: string): string | undefined {
  return /^ref\+file:\/\/(.+)$/s.exec(reference)?.[1];
}

/** When it ends by what it says itself: a JWT (RFC 7519, section 4.1.4), or a certificate. */
function ends(looked: LookedAt, value: string, now: Time): PreflightCheck[] {
  const [kind, end] = ownEnd(value) ?? [];
  if (kind === undefined || end === undefined) return [];
  const fault: Omit<Fault, "found"> = {
    expected: "one that is valid for 14 days or more",
    mend: `have a new ${kind} made, and put it there`,
  };
  if (end <= now) return [failedCheck(looked, { found: `the ${kind} ended ${isoTime(end)}`, ...fault })];
  return end - now < ahead
    ? [
        warned(looked, {
          found: `the ${kind} ends in ${describeDuration(end - now)} (${isoTime(end)})`,
          ...fault,
        }),
      ]
    : [passed(looked, `the ${kind} ends ${isoTime(end)}`)];
}

function ownEnd(value: string): [kind: "JWT" | "certificate", end: Time] | undefined {
  try {
    if (value.includes("-----BEGIN CERTIFICATE-----"))
      return ["certificate", Date.parse(new X509Certificate(value).validTo)];
    const [, claims] = /^eyJ[\w-]+\.(eyJ[\w-]+)\.[\w-]*$/.exec(value) ?? [];
    const { exp } = JSON.parse(Buffer.from(claims ?? "", "base64url").toString()) as {
      readonly exp?: unknown;
    };
    return typeof exp === "number" ? ["JWT", exp * 1_000] : undefined;
  } catch {
    return undefined;
  }
}

/** Whether others of the host may read its file. */
async function openness(looked: LookedAt, reference: string): Promise<PreflightCheck[]> {
  const file = fileOf(reference);
  const found = file === undefined ? undefined : await stat(file).catch(() => undefined);
  if (!found) return [];
  return (found.mode & 0o007) === 0
    ? [passed(looked, "its owner and group alone may read it")]
    : [
        warned(looked, {
          found: "everybody on the agent's host may read or write it",
          expected: "the agent's user alone",
          mend: `chmod o= ${file}`,
        }),
      ];
}
