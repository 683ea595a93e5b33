/**
 * The digests of a release. Nothing here needs the schema, so that the provider can compute them without loading it.
 */
import { createHash } from "node:crypto";
import { canonicalJson, type ReadonlyJson } from "./canonical.ts";

/** The sections of a release, each a map of name → entry. */
export const sectionNames = [
  "connectors",
  "constraints",
  "permissions",
  "variables",
  "secrets",
  "settings",
] as const;
export type SectionName = (typeof sectionNames)[number];

/** A release as data, whatever its entries hold. `Release` in `release.ts` is the same with the entries' types. */
export type ReleaseData = { readonly environment: string } & {
  readonly [section in SectionName]: { readonly [name: string]: ReadonlyJson };
};

export interface Digests {
  /** What promotion carries: scope, mapping, groups, constraints, permissions. */
  readonly policy: string;
  /** What belongs to the environment: variables, secrets, authentication, delivery. */
  readonly bindings: string;
  /** The whole release. */
  readonly release: string;
}

// the keys of a connector that are policy; all others bind it to its environment
const connectorPolicy = ["idp", "scope", "mapping", "groups", "extensions", "precedence", "deletions"];

/** The sections that hold policy, with of each connector only what is policy. */
export type Policy = Pick<ReleaseData, "connectors" | "constraints" | "permissions">;

/** The policy of a release: what promotion carries. */
export function policyOf({ connectors, constraints, permissions }: ReleaseData): Policy {
  return {
    connectors: pick(connectors, (key) => connectorPolicy.includes(key)),
    constraints,
    permissions,
  };
}

/** The digest of a connector as far as it is policy; undefined where the release has none of that name. */
export function connectorDigest(release: ReleaseData, connector: string): string | undefined {
  const policy = policyOf(release).connectors[connector];
  return policy === undefined ? undefined : digest(policy);
}

/** The digests of a release, `sha256:` and 64 hexadecimal digits each. */
export function digestsOf(release: ReleaseData): Digests {
  const { environment, connectors, constraints: _, permissions: __, ...bindings } = release;
  return {
    policy: digest(policyOf(release)),
    bindings: digest({
      ...bindings,
      environment,
      connectors: pick(connectors, (key) => !connectorPolicy.includes(key)),
    }),
    release: digest(release),
  };
}

/** sha256 over the canonical JSON of a value. */
export function digest(value: ReadonlyJson): string {
  return digestOfText(canonicalJson(value));
}

/** sha256 over a text as it stands: the digest of a value, where it is the value's canonical JSON. */
export function digestOfText(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

function pick(
  section: { readonly [name: string]: ReadonlyJson },
  wanted: (key: string) => boolean,
): { readonly [name: string]: ReadonlyJson } {
  return Object.fromEntries(
    Object.entries(section).map(([name, entry]) => [
      name,
      Object.fromEntries(Object.entries(entry as object).filter(([key]) => wanted(key))),
    ]),
  );
}
