/** A folder with the test provider installed, in which the real terraform runs. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

const VERSION = "1.0.0";

export interface Outcome {
  readonly code: number | null;
  /** stdout and stderr in one line, without the bars beside diagnostics: terraform wraps its sentences. */
  readonly text: string;
}

export interface Shelf {
  readonly records: { readonly [name: string]: { readonly [attribute: string]: unknown } };
  readonly trouble?: { readonly [verb: string]: string };
}

/** One resource, `shelf_record.it`, whose real form lies on a shelf: a JSON file that tests may change. */
export class Workspace {
  readonly folder: string;
  /** Where the provider is said to come from; its own for each workspace, so that processes can be told apart. */
  readonly source = `plugin-test.invalid/${randomUUID()}/shelf`;
  /** The provider's executable file, where terraform looks by itself. */
  readonly provider: string;
  /** More environment variables for terraform, until the next reset. */
  variables: { readonly [name: string]: string } = {};
  readonly #shelf: string;
  readonly #temporary: string;

  private constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "plugin-test-"));
    const platform = `${process.platform}_${process.arch === "x64" ? "amd64" : process.arch}`;
    this.provider = join(
      this.folder,
      "terraform.d/plugins",
      this.source,
      VERSION,
      platform,
      `terraform-provider-shelf_v${VERSION}`,
    );
    this.#shelf = join(this.folder, "shelf.json");
    this.#temporary = join(this.folder, "tmp");
    mkdirSync(this.#temporary);
  }

  /** Bundles the provider into one executable file, installs it and initializes the folder. */
  static async create(): Promise<Workspace> {
    const workspace = new Workspace();
    await build({
      entryPoints: [join(import.meta.dirname, "record-provider.ts")],
      outfile: workspace.provider,
      bundle: true,
      platform: "node",
      format: "cjs",
      minify: true,
      banner: { js: "#!/usr/bin/env node" },
    });
    execFileSync("chmod", ["+x", workspace.provider]);
    workspace.configure({});
    const { code, text } = await workspace.run("init");
    if (code !== 0) throw new Error(text);
    return workspace;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  /** Starts anew: an empty state, and this on the shelf. */
  reset(shelf: Shelf = { records: {} }): void {
    for (const file of readdirSync(this.folder))
      if (/tfstate|tfplan|\.log$/.test(file)) rmSync(join(this.folder, file));
    this.shelf = shelf;
    this.variables = {};
  }

  get shelf(): Shelf {
    return JSON.parse(readFileSync(this.#shelf, "utf8"));
  }

  set shelf(shelf: Shelf) {
    writeFileSync(this.#shelf, JSON.stringify(shelf));
  }

  /** The calls that changed something, or tried to. */
  get calls(): readonly string[] {
    const log = `${this.#shelf}.log`;
    return existsSync(log) ? readFileSync(log, "utf8").split("\n").slice(0, -1) : [];
  }

  /** What the state holds of a resource, undefined when it holds none. */
  get state(): { readonly [attribute: string]: unknown } | undefined {
    const { resources } = JSON.parse(readFileSync(join(this.folder, "terraform.tfstate"), "utf8"));
    return resources.find((resource: { type: string }) => resource.type === "shelf_record")?.instances[0];
  }

  /** The configuration: `shelf_record.it` with these attributes, and whatever else. */
  configure(record: object | undefined, more: object = {}): void {
    const configuration = {
      terraform: { required_providers: { shelf: { source: this.source, version: VERSION } } },
      provider: { shelf: { file: this.#shelf } },
      ...(record === undefined ? {} : { resource: { shelf_record: { it: record } } }),
      ...more,
    };
    writeFileSync(join(this.folder, "main.tf.json"), JSON.stringify(configuration, null, 2));
  }

  /** Runs terraform to its end. Fails when it leaves a process of the provider or a socket behind. */
  async run(command: string, ...options: string[]): Promise<Outcome> {
    const outcome = await this.start(command, ...options).outcome;
    const leftovers = this.leftovers();
    if (leftovers.length > 0) throw new Error(`left behind: ${leftovers.join(", ")}\n${outcome.text}`);
    return outcome;
  }

  /** Starts terraform, as the leader of a group of processes, as a shell does. */
  start(
    command: string,
    ...options: string[]
  ): { readonly process: ChildProcess; readonly outcome: Promise<Outcome> } {
    const child = spawn("terraform", [command, "-no-color", ...options], {
      cwd: this.folder,
      env: this.environment,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
      });
    const outcome = new Promise<Outcome>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) =>
        resolve({ code, text: output.replace(/[╷│╵]/g, " ").replace(/\s+/g, " ") }),
      );
    });
    return { process: child, outcome };
  }

  /** Has nothing of the tester's own terraform settings in it. */
  get environment(): { readonly [name: string]: string } {
    return {
      PATH: process.env.PATH ?? "",
      HOME: this.folder,
      TMPDIR: this.#temporary,
      CHECKPOINT_DISABLE: "1",
      ...this.variables,
    };
  }

  /** Processes of the provider that run, and what lies in the temporary folder. */
  leftovers(): readonly string[] {
    const processes = execFileSync("ps", ["-eo", "pid,args"], { encoding: "utf8" })
      .split("\n")
      .filter((line) => line.includes(this.source));
    return [...processes, ...readdirSync(this.#temporary)];
  }
}
