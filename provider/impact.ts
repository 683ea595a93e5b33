/**
 * What a change would do to people, for whoever reads a plan: a warning alone is lost, since `terraform show` of a saved plan drops
 * it. `hgscim_impact` has it as structure; `hgscim_verdict`, in a `check` block, as the message of the check.
 *
 * Source: hashicorp/terraform#35885.
 */
import { readFileSync } from "node:fs";
import type { Impact } from "../api/contract.ts";
import { entryDifferences } from "../model/difference.ts";
import { digest as digestOf, type ReleaseData } from "../model/digest.ts";
import type { ReleaseFile } from "../model/release-file.ts";
import { releaseFileName } from "../model/release-file-name.ts";
import { entryName } from "../report/difference.ts";
import { describeImpact } from "../report/impact.ts";
import { positionOf } from "../report/positions.ts";
import { isoTime } from "../report/time.ts";
import type { Agent } from "./agent.ts";
import { impactDiagnostic } from "./diagnostics.ts";
import { impactDetail } from "./impact-detail.ts";
import type { DataSource, Diagnostic, Schema } from "./plugin/index.ts";

// a plan stays readable by programs, whatever it does
const mostChanges = 10_000;

const digest = {
  type: "string",
  required: true,
  description: "The digest of the planned release, which lies beside the configuration as a file.",
} as const;

const impactSchema = {
  description: "Who gains and who loses access by the planned release, as the agent says now.",
  attributes: {
    digest,
    changed: {
      type: "bool",
      computed: true,
      description:
        "Whether another release is active; where it is not, or the agent does not say, nothing else is set.",
    },
    from: { type: "string", computed: true, description: "The digest of the active release." },
    verdict: { type: "string", computed: true, description: "Numbers in one sentence." },
    accounts: { type: "number", computed: true, description: "Accounts that have access now." },
    lose: { type: "number", computed: true, description: "Accounts that lose a right." },
    gain: { type: "number", computed: true, description: "Accounts that gain one." },
    entries: {
      type: ["list", ["object", { entry: "string", kind: "string", position: "string" }]],
      computed: true,
      description: "Entries of the environment file that are added, removed or changed, each with its line.",
    },
    changes: {
      type: [
        "list",
        [
          "object",
          {
            account: "string",
            repository: "string",
            branch: "string",
            bookmark: "string",
            path: "string",
            before: "string",
            after: "string",
          },
        ],
      ],
      computed: true,
      description: "Whose right on what changes; not set where HGSCIM_IMPACT is counts.",
    },
    later: {
      type: ["list", ["object", { at: "string", lose: ["list", "string"], gain: "number" }]],
      computed: true,
      description: "Who loses a right when a rule ends; not set where HGSCIM_IMPACT is counts.",
    },
    omitted: {
      type: "number",
      computed: true,
      description: `How many changes are not listed: all beyond ${mostChanges}.`,
    },
  },
} as const satisfies Schema;

const verdictSchema = {
  description:
    "Fails with who gains and who loses access by the planned release. For a check block, where that is a warning.",
  attributes: { digest },
} as const satisfies Schema;

export const impactSource: DataSource<typeof impactSchema, Agent> = {
  schema: impactSchema,
  validate: settingProblem,
  async read({ digest }, agent) {
    const foretold = await foretell(agent, digest);
    if (!foretold) return { state: { ...unset, digest, changed: false } };
    const { impact, before, file } = foretold;
    const { from, accounts, lose, gain, unlisted } = impact;
    const counted = unlisted ? { lose: null, gain: null } : { lose, gain };
    const { summary: verdict } = describeImpact(impact);
    const entries = entriesOf(before, file.release, agent);
    return {
      state: {
        ...unset,
        digest,
        changed: true,
        from,
        verdict,
        accounts,
        ...counted,
        entries,
        ...namesIn(impact),
      },
    };
  },
};

export const verdictSource: DataSource<typeof verdictSchema, Agent> = {
  schema: verdictSchema,
  validate: settingProblem,
  async read({ digest }, agent) {
    const foretold = await foretell(agent, digest);
    if (!foretold) return { state: { digest } };
    const { impact, before, file } = foretold;
    const verdict = impactDiagnostic(impact, before, file.release, agent.sources, impactDetail());
    return { state: { digest }, diagnostics: [{ ...verdict, severity: "error" }] };
  },
};

interface Foretold {
  readonly impact: Impact;
  readonly before: ReleaseData | null;
  readonly file: ReleaseFile;
}

/**
 * The impact of the release with this digest; nothing where it is active already. Where the agent does not say, or could not
 * run the release, the resource says so.
 *
 * @throws {Error} when the release's file is not as synthesis wrote it
 */
async function foretell({ client }: Agent, digest: string): Promise<Foretold | undefined> {
  const active = await client.activeRelease();
  if (!active.ok || active.value?.digest === digest) return undefined;
  const file = releaseIn(releaseFileName(digest), digest);
  const impact = await client.impact(file.release, file.accept);
  if (!impact.ok || impact.value.failures.length > 0) return undefined;
  return { impact: impact.value, before: active.value?.release ?? null, file };
}

/** By its digest it is what synthesis validated, so it is not validated again. */
function releaseIn(name: string, digest: string): ReleaseFile {
  let text: string;
  try {
    text = readFileSync(name, "utf8");
  } catch {
    throw new Error(`${name} is not there (expected what synthesis wrote beside the configuration)`);
  }
  const file = fileIn(text);
  if (!file) throw new Error(`${name} is not JSON (expected what synthesis wrote, whole)`);
  const found = file.release ? digestOf(file.release) : "no release";
  if (found !== digest) throw new Error(`${name} is of ${found} (expected ${digest})`);
  return file;
}

function fileIn(text: string): ReleaseFile | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const unset = Object.fromEntries(Object.keys(impactSchema.attributes).map((name) => [name, null])) as Record<
  keyof typeof impactSchema.attributes,
  null
>;

const entriesOf = (before: ReleaseData | null, after: ReleaseData, { sources }: Agent) =>
  entryDifferences(before ?? {}, after).map(({ section, name, kind }) => ({
    entry: entryName({ section, name }),
    kind,
    position: positionOf(sources, section, name) ?? null,
  }));

/** What of an impact names people; nothing where the machine says so. */
function namesIn({ changes, later }: Impact) {
  if (impactDetail() === "counts") return {};
  return {
    changes: changes
      .slice(0, mostChanges)
      .map(({ account, repository, branch = null, bookmark = null, path = null, before, after }) => ({
        account,
        repository,
        branch,
        bookmark,
        path,
        before,
        after,
      })),
    later: later.map(({ at, lose, gain }) => ({ at: isoTime(at), lose, gain })),
    omitted: Math.max(0, changes.length - mostChanges),
  };
}

/** Before anything is asked. */
function settingProblem(): Diagnostic[] {
  try {
    impactDetail();
    return [];
  } catch (error) {
    return [{ severity: "error", summary: (error as Error).message }];
  }
}
