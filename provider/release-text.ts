/** A release as Terraform holds it: each section a map of name → JSON text (`model/entry-text.ts`). */
import { canonicalJson } from "../model/canonical.ts";
import { type ReleaseData, type SectionName, sectionNames } from "../model/digest.ts";
import { entryText, parseEntry } from "../model/entry-text.ts";
import type { Schema, State } from "./plugin/index.ts";

const section = (description: string) =>
  ({
    type: ["map", "string"],
    required: true,
    description: `${description} By name, canonical JSON.`,
  }) as const;

export const releaseSchema = {
  // 0: sets were lists
  version: 1,
  description: "The active release of one environment, at the agent beside its Mercurial host.",
  attributes: {
    environment: { type: "string", required: true, description: "The environment's name." },
    connectors: section("The links to identity providers."),
    constraints: section("Rules that are checked at every write."),
    permissions: section("Groups × repositories × rights."),
    variables: section("The inventory of environment variables."),
    secrets: section("Pointers to secrets, never their values."),
    settings: section("How the release is delivered, and what it must pass before."),
    accept: {
      type: "string",
      optional: true,
      computed: true,
      description:
        "What was accepted beyond the bounds, canonical JSON. It counts once, for one change, and taking it away is none.",
    },
    digest: { type: "string", computed: true, description: "The digest of the whole release." },
    policy_digest: { type: "string", computed: true, description: "The digest of what promotion carries." },
    access_file: {
      type: "string",
      computed: true,
      description:
        "What Mercurial goes by: as the release says, or how it was found to differ when it was read.",
    },
  },
} as const satisfies Schema;

export type ReleaseState = State<typeof releaseSchema>;

/** What every apply leaves, so that it is known at plan; what was read instead of it is drift, which an apply mends. */
export const asReleased = "as the release says";

/** What of a state or configuration makes up the release. */
export type ReleaseTexts = Pick<ReleaseState, "environment" | SectionName>;

/** The release that the texts hold. They are JSON: `textProblem` said so at validation. */
export function fromTexts(texts: ReleaseTexts): ReleaseData {
  const sections = eachSection((name) => mapValues(texts[name], parseEntry));
  return { environment: texts.environment, ...sections };
}

/** The texts that hold a release. */
export function toTexts(release: ReleaseData): ReleaseTexts {
  const sections = eachSection((name) => mapValues(release[name], (entry) => entryText(name, entry)));
  return { environment: release.environment, ...sections };
}

/** The state where no release is active: there is one, so that an import has something to find. */
export function noRelease(environment: string): ReleaseState {
  return {
    environment,
    ...eachSection(() => ({})),
    ...{ accept: null, digest: null, policy_digest: null, access_file: null },
  };
}

/** What is wrong with the text of one entry, if anything is. */
export const textProblem = (section: SectionName, text: string): string | undefined =>
  writtenProblem(text, () => entryText(section, parseEntry(text)));

/** The same for `accept`. */
export const acceptProblem = (text: string): string | undefined =>
  writtenProblem(text, () => canonicalJson(JSON.parse(text)));

function writtenProblem(text: string, written: () => string): string | undefined {
  try {
    if (written() === text) return undefined;
  } catch {}
  return "is not canonical JSON (expected what synthesis wrote)";
}

const eachSection = <T>(of: (name: SectionName) => T): Record<SectionName, T> =>
  Object.fromEntries(sectionNames.map((name) => [name, of(name)])) as Record<SectionName, T>;

const mapValues = <A, B>(map: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name, change(value)]));
