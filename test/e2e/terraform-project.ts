/** A project in a folder of its own whose environment `local` is deployed to a real agent by the real terraform. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Harness, ReleaseShape } from "../agent/harness.ts";
import { type Finished, hgscim, run } from "../cli/hgscim.ts";

export interface Project {
  readonly folder: string;
  /** Everything that every command printed. */
  readonly printed: string[];
  /** The environment variables that commands run with. */
  readonly env: Record<string, string>;
  hgscim(...args: string[]): Promise<Finished>;
  cdktf(...args: string[]): Promise<Finished>;
  /** terraform itself, in the stack's folder. */
  terraform(...args: string[]): Promise<Finished>;
  /** Changes a file of the project. */
  edit(file: string, change: (text: string) => string): void;
  read(file: string): string;
  /** The text of every file, but for the provider that was laid there. */
  files(): Map<string, string>;
  remove(): void;
}

export const localFile = "environments/local.yaml";
export const policyFile = "environments/shared/policy.yaml";
export const stackFolder = "cdktf.out/stacks/local";
export const stateFile = "terraform.local.tfstate";

/** All that a command printed, in one line: Terraform wraps what a provider says at the width of the terminal. */
export const flat = ({ stdout, stderr }: Pick<Finished, "stdout" | "stderr">): string =>
  `${stdout}${stderr}`.replace(/\s+/g, " ");

export async function makeProject(h: Harness): Promise<Project> {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-project-"));
  cpSync("environments", join(folder, "environments"), { recursive: true });
  const release: ReleaseShape = await h.release();
  const printed: string[] = [];
  const env: Record<string, string> = {
    HOME: folder,
    HGSCIM_TOKEN: h.tokens.deployer,
    HGSCIM_CA: h.ca,
    HGSCIM_AUTHOR: "ada",
    HGSCIM_REVISION: "f00",
    // whatever wants the network fails at once
    HTTPS_PROXY: "http://127.0.0.1:9",
    // what cdktf itself does before and after is none of these tests' business
    CHECKPOINT_DISABLE: "1",
    CDKTF_DISABLE_PLUGIN_CACHE_ENV: "1",
    CI: "1",
  };
  const kept = async (finished: Promise<Finished>) => {
    const { code, stdout, stderr } = await finished;
    printed.push(stdout, stderr);
    return { code, stdout, stderr };
  };
  const project: Project = {
    folder,
    printed,
    env,
    hgscim: (...args) => kept(hgscim(args, { cwd: folder, env })),
    cdktf: (...args) => kept(run(resolve("node_modules/.bin/cdktf"), args, { cwd: folder, env })),
    terraform: (...args) =>
      kept(run("terraform", [...args, "-no-color"], { cwd: join(folder, stackFolder), env })),
    edit: (file, change) => writeFileSync(join(folder, file), change(project.read(file))),
    read: (file) => readFileSync(join(folder, file), "utf8"),
    files: () =>
      new Map(
        readdirSync(folder, { recursive: true, encoding: "utf8" })
          .filter((file) => !file.includes("terraform-provider-") && statSync(join(folder, file)).isFile())
          .map((file) => [file, project.read(file)]),
      ),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  project.edit(localFile, (text) =>
    text
      .replace("https://127.0.0.1:7443", h.agent.admin)
      .replace("ref+env://SCIM_OKTA_TOKEN", release.secrets["okta-token"].refs[0]),
  );
  const { app: _, ...settings } = JSON.parse(readFileSync("cdktf.json", "utf8"));
  const app = `node ${resolve("dist/main.js")}`;
  writeFileSync(join(folder, "cdktf.json"), JSON.stringify({ ...settings, app }));
  return project;
}
