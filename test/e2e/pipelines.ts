/** The pipelines that `hgscim init` writes, as a runner reads them: which lines each job runs, with what in its environment, and the files that pass between jobs. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

export interface Job {
  readonly lines: readonly string[];
  /** What the pipeline itself puts into the environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Files that are kept for the jobs after it. */
  readonly keeps: readonly string[];
  /** Jobs before it that it waits for. */
  readonly after: readonly string[];
}

export type Pipeline = "github" | "heptapod" | "atlantis";
type Jobs = Readonly<Record<string, Job>>;

/** The pipeline of a project, read as strictly as YAML can be. */
export function pipelineOf(folder: string, pipeline: Pipeline): Jobs {
  const text = readFileSync(join(folder, pipelineFile[pipeline]), "utf8");
  return readers[pipeline](parse(text, { merge: true, strict: true }));
}

// biome-ignore lint/suspicious/noExplicitAny: somebody else's format
type Yaml = any;

/** Where each pipeline lies in a project. */
export const pipelineFile: Readonly<Record<Pipeline, string>> = {
  github: ".github/workflows/hgscim.yml",
  heptapod: ".gitlab-ci.yml",
  atlantis: "atlantis.yaml",
};

const readers: { readonly [pipeline in Pipeline]: (yaml: Yaml) => Jobs } = {
  github: fromGithub,
  heptapod: fromGitlab,
  atlantis: fromAtlantis,
};

/** https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax */
function fromGithub({ jobs }: Yaml): Jobs {
  return eachJob(jobs, ({ steps, env = {}, needs = [] }) => ({
    // what goes by a condition is the forge's own business
    lines: steps.flatMap(({ run = [], if: condition }: Yaml) => (condition === undefined ? run : [])),
    // a secret comes from the environment's settings
    env: Object.fromEntries(Object.entries<string>(env).filter(([, value]) => !value.startsWith("${{"))),
    keeps: steps.flatMap((step: Yaml) =>
      step.uses?.startsWith("actions/upload-artifact@") ? step.with.path : [],
    ),
    after: [needs].flat(),
  }));
}

/** https://docs.gitlab.com/ci/yaml/ */
function fromGitlab({ stages, default: usual, image: _, ...jobs }: Yaml): Jobs {
  const extended = (job: Yaml): Yaml => ({ ...(job.extends && extended(jobs[job.extends])), ...job });
  const visible = Object.fromEntries(
    Object.entries(jobs).flatMap(([name, job]) => (name.startsWith(".") ? [] : [[name, extended(job)]])),
  );
  return eachJob(visible, ({ script, variables = {}, artifacts = {}, needs, stage }) => ({
    lines: [...usual.before_script, ...script],
    env: variables,
    keeps: artifacts.paths ?? [],
    after:
      needs ??
      Object.keys(visible).filter(
        (name) =>
          // a merge request has a pipeline of its own
          !JSON.stringify(visible[name].rules ?? []).includes("merge_request_event") &&
          stages.indexOf(visible[name].stage) < stages.indexOf(stage),
      ),
  }));
}

/** https://www.runatlantis.io/docs/custom-workflows */
function fromAtlantis({ projects, workflows }: Yaml): Jobs {
  const jobs = projects.flatMap(({ name, workspace, workflow }: Yaml) =>
    ["plan", "apply"].map((step) => [
      `${step} ${name}`,
      {
        lines: workflows[workflow][step].steps.map(({ run }: Yaml) => run),
        env: { WORKSPACE: workspace, PLANFILE: `${name}-${workspace}.tfplan` },
        keeps: [`${name}-${workspace}.tfplan`],
        after: step === "apply" ? [`plan ${name}`] : [],
      },
    ]),
  );
  return Object.fromEntries(jobs);
}

const eachJob = (jobs: Yaml, read: (job: Yaml) => Job): Jobs =>
  Object.fromEntries(Object.entries(jobs).map(([name, job]) => [name, read(job)]));
