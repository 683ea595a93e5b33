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
  const read = (file: string): Yaml =>
    parse(readFileSync(join(folder, file), "utf8"), { merge: true, strict: true });
  const jobs = readers[pipeline](read(pipelineFile[pipeline]));
  return pipeline === "github" ? { ...jobs, ...fromGithub(read(githubReview)) } : jobs;
}

// biome-ignore lint/suspicious/noExplicitAny: somebody else's format
type Yaml = any;

/** The workflow of GitHub's that asks agents about pull requests. */
export const githubReview = ".github/workflows/hgscim-review.yml";

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
  const expanded = Object.entries<Yaml>(jobs).flatMap(([name, job]) =>
    job.strategy
      ? job.strategy.matrix.environment.map((one: string) => [`${name} ${one}`, withMatrix(job, one)])
      : [[name, job]],
  );
  return eachJob(Object.fromEntries(expanded), ({ steps, env = {}, needs = [] }) => ({
    // what goes by a condition is the forge's own business
    lines: steps.flatMap(({ run = [], if: condition }: Yaml) => (condition === undefined ? run : [])),
    // a secret comes from the environment's settings
    env: Object.fromEntries(Object.entries<string>(env).filter(([, value]) => !value.startsWith("${{"))),
    keeps: steps.flatMap((step: Yaml) =>
      step.uses?.startsWith("actions/upload-artifact@") ? step.with.path.split("\n") : [],
    ),
    after: [needs].flat(),
  }));
}

/** A job of one environment: `${{ matrix.environment }}`, and what is one thing for staging and another for all else. */
function withMatrix(job: Yaml, environment: string): Yaml {
  const env = Object.entries<string>(job.env).map(([name, value]) => {
    const [, ofStaging, otherwise] =
      /^\$\{\{ matrix\.environment == 'staging' && '([^']*)' \|\| '([^']*)' \}\}$/.exec(value) ?? [];
    const chosen = environment === "staging" ? ofStaging : otherwise;
    if (name === "HGSCIM_AGENTS" && chosen === undefined) throw new Error(`not understood here: ${value}`);
    return [name, chosen ?? value.replace(/\$\{\{ matrix\.environment \}\}/g, environment)];
  });
  return { ...job, env: Object.fromEntries(env) };
}

/** https://docs.gitlab.com/ci/yaml/ */
function fromGitlab({ stages, default: usual, image: _, ...jobs }: Yaml): Jobs {
  const extended = (job: Yaml): Yaml => {
    const parts = [...[job.extends ?? []].flat().map((one: string) => extended(jobs[one])), job];
    const variables = Object.assign({}, ...parts.map((one) => one.variables));
    return Object.assign({}, ...parts, { variables });
  };
  const visible: Yaml = Object.fromEntries(
    Object.entries<Yaml>(jobs).flatMap(([name, job]) =>
      // what starts another pipeline runs nothing itself
      name.startsWith(".") || job.trigger ? [] : [[name, extended(job)]],
    ),
  );
  return eachJob(visible, ({ script, variables = {}, environment, artifacts = {}, needs, stage }) => ({
    lines: [...usual.before_script, ...script],
    env: { ...variables, ...(environment && { CI_ENVIRONMENT_NAME: environment.name }) },
    keeps: artifacts.paths ?? [],
    after:
      needs ??
      Object.keys(visible).filter(
        (name) =>
          // a merge request has pipelines of its own
          !/merge_request_event|HGSCIM_PROPOSED &&/.test(JSON.stringify(visible[name].rules ?? [])) &&
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
        keeps: ["", ".approval"].map((more) => `${name}-${workspace}.tfplan${more}`),
        after: step === "apply" ? [`plan ${name}`] : [],
      },
    ]),
  );
  return Object.fromEntries(jobs);
}

const eachJob = (jobs: Yaml, read: (job: Yaml) => Job): Jobs =>
  Object.fromEntries(Object.entries(jobs).map(([name, job]) => [name, read(job)]));
