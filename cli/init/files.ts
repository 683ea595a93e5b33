/** The files of a new project: the templates beside this, with the answers in them. */
import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { editorSchemaText } from "../../model/documentation/json-schema.ts";
import { packageFile, version } from "../../model/package.ts";
import type { Answers } from "./answers.ts";

const template = packageFile("cli/init/template");

/** Where a template goes, if it is one of this project: those of one pipeline or version control lie in a folder of its name. */
const placeOf: Readonly<Record<string, (answers: Answers) => string | undefined>> = {
  gitignore: ({ vcs }) => (vcs === "git" ? ".gitignore" : undefined),
  hgignore: ({ vcs }) => (vcs === "hg" ? ".hgignore" : undefined),
  "github/hgscim.yml": ({ pipeline }) => (pipeline === "github" ? ".github/workflows/hgscim.yml" : undefined),
  "github/hgscim-review.yml": ({ pipeline }) =>
    pipeline === "github" ? ".github/workflows/hgscim-review.yml" : undefined,
  "gitlab/gitlab-ci.yml": ({ pipeline }) =>
    pipeline === "gitlab" || pipeline === "heptapod" ? ".gitlab-ci.yml" : undefined,
  "atlantis/atlantis.yaml": ({ pipeline }) => (pipeline === "atlantis" ? "atlantis.yaml" : undefined),
};

/** What compiles the app of a project, in the versions that it was tried with. */
const compilers = (): Readonly<Record<"typescript" | "@types/node", string>> =>
  JSON.parse(readFileSync(packageFile("package.json"), "utf8")).devDependencies;

/** The text of each file, by its path in the project. */
export function projectFiles(folder: string, answers: Answers): ReadonlyMap<string, string> {
  const { typescript, "@types/node": types } = compilers();
  const values: Readonly<Record<string, string>> = {
    ...answers,
    version,
    id: randomUUID(),
    name:
      basename(resolve(folder))
        .toLowerCase()
        .replace(/[^a-z0-9-]+/g, "-")
        .replace(/^-+|-+$/g, "") || "hgscim-project",
    typescript,
    types,
    // Atlantis has one environment for all that it plans; elsewhere each has secrets of its own, by the same names
    stagingSecret: answers.pipeline === "atlantis" ? "HGSCIM_STAGING" : "HGSCIM",
  };
  const files = new Map<string, string>();
  for (const entry of readdirSync(template, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const from = join(entry.parentPath, entry.name);
    const name = from.slice(template.length + 1);
    const place = placeOf[name] ? placeOf[name](answers) : name;
    if (place === undefined) continue;
    const text = readFileSync(from, "utf8").replace(/\{\{(\w+)\}\}/g, (_, key: string) => values[key] ?? "");
    files.set(place, text);
  }
  files.set("environments/schema.json", editorSchemaText());
  return new Map([...files].sort(([one], [other]) => (one < other ? -1 : 1)));
}

/**
 * Writes those that are not there.
 *
 * @returns the paths of those that were, and stay as they are
 */
export function writeNew(folder: string, files: ReadonlyMap<string, string>): string[] {
  return [...files].flatMap(([path, text]) => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    try {
      writeFileSync(file, text, { flag: "wx" });
      return [];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      return path;
    }
  });
}

/** The lines that bring a `package.json` that was there what the other files need; only `npm install` where it has all of it. */
export function installLines(folder: string): string[] {
  const manifest = manifestIn(folder);
  const has = (name: string) => name in { ...manifest.dependencies, ...manifest.devDependencies };
  const { typescript, "@types/node": types } = compilers();
  const missing = Object.entries({ typescript, "@types/node": types }).flatMap(([name, pinned]) =>
    has(name) ? [] : `${name}@${pinned}`,
  );
  return [
    ...(manifest.type === "module" ? [] : ["npm pkg set type=module"]),
    ...(has("hgscim") ? [] : [`npm install --save-exact hgscim@${version}`]),
    missing.length > 0 ? `npm install --save-dev --save-exact ${missing.join(" ")}` : "npm install",
  ];
}

interface Manifest {
  readonly type?: string;
  readonly dependencies?: object;
  readonly devDependencies?: object;
}

function manifestIn(folder: string): Manifest {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) ?? {};
  } catch {
    // npm says what is wrong with it
    return {};
  }
}
