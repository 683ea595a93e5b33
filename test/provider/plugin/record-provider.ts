/**
 * A provider for tests: `shelf_record` is an entry of a JSON file on disk.
 *
 * The file also says what goes wrong: `"trouble": { "create": "the disk is full" }` fails each create, "throw" throws,
 * "wait" waits until Terraform is interrupted. `log` lists the calls that changed something. `shelf_count` counts the entries.
 */
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type DataSource,
  type Diagnostic,
  isUnknown,
  isWhollyKnown,
  type Provider,
  type Resource,
  type Schema,
  type State,
  serve,
  type Terraform,
} from "../../../provider/plugin/index.ts";

const schema = {
  version: 1,
  attributes: {
    name: { type: "string", required: true, description: "The key in the file." },
    content: { type: ["map", "string"], optional: true },
    amount: { type: "number", optional: true },
    open: { type: "bool", optional: true },
    places: { type: ["list", ["object", { city: "string", floor: "number" }]], optional: true },
    labels: { type: ["set", "string"], optional: true },
    secret: { type: "string", optional: true, sensitive: true },
    owner: { type: "string", optional: true, computed: true },
    length: { type: "number", computed: true },
    revision: { type: "number", computed: true },
  },
} as const satisfies Schema;

type Record = State<typeof schema>;

interface Shelf {
  records: { [name: string]: Record };
  trouble?: { [verb: string]: string };
}

class File {
  readonly #path: string;
  readonly #terraform: Terraform;

  constructor(path: string, terraform: Terraform) {
    this.#path = path;
    this.#terraform = terraform;
  }

  load(): Shelf {
    return JSON.parse(readFileSync(this.#path, "utf8"));
  }

  save(name: string, record: Record | undefined): void {
    const { [name]: _, ...others } = this.load().records;
    const records = record === undefined ? others : { ...others, [name]: record };
    writeFileSync(this.#path, JSON.stringify({ ...this.load(), records }));
  }

  /** What the file says that shall go wrong with this. */
  async trouble(verb: string): Promise<readonly Diagnostic[]> {
    appendFileSync(`${this.#path}.log`, `${verb}\n`);
    const trouble = this.load().trouble?.[verb];
    if (trouble === "throw") throw new Error("the shelf fell", { cause: new Error("a screw was loose") });
    if (trouble === "wait") await sleep(600_000, undefined, { signal: this.#terraform.interrupted });
    return trouble === undefined
      ? []
      : [{ severity: "error", summary: `Cannot ${verb} it`, detail: trouble }];
  }
}

const length = (content: Record["content"]): number => Object.values(content ?? {}).join("").length;

const record: Resource<typeof schema, File | undefined> = {
  schema,

  validate: ({ content }) =>
    isUnknown(content)
      ? []
      : Object.entries(content ?? {})
          .filter(([, text]) => text === "forbidden")
          .map(([key]) => ({
            severity: "error",
            summary: "A forbidden word",
            detail: `content.${key} holds it`,
            path: ["content", key],
          })),

  read: ({ name }, file) => ({ state: file?.load().records[name] ?? null }),

  plan({ prior, config, proposed }, file) {
    if (!isWhollyKnown(config)) return { planned: proposed };
    const warning: Diagnostic = {
      severity: "warning",
      summary: "The shelf is nearly full",
      detail: `${Object.keys(file?.load().records ?? {}).length} records lie on it`,
      path: ["content", "first"],
    };
    return {
      planned: {
        ...proposed,
        length: length(config.content),
        owner: config.owner ?? "nobody",
        revision: prior === null ? 1 : proposed.revision,
      },
      requiresReplace: [["name"]],
      diagnostics: config.content?.first === "warn" ? [warning] : [],
    };
  },

  planDestroy: ({ name }) => [{ severity: "warning", summary: `${name} will be lost` }],

  async create({ config }, file) {
    const diagnostics = (await file?.trouble("create")) ?? [];
    if (diagnostics.length > 0) return { state: null, diagnostics };
    const state = {
      ...config,
      owner: config.owner ?? "nobody",
      length: length(config.content),
      revision: 1,
    };
    file?.save(config.name, state);
    return { state };
  },

  async update({ prior, config }, file) {
    const diagnostics = (await file?.trouble("update")) ?? [];
    if (diagnostics.length > 0) return { state: prior, diagnostics };
    const revision = (prior.revision ?? 0) + 1;
    const state = { ...config, owner: config.owner ?? "nobody", length: length(config.content), revision };
    file?.save(config.name, state);
    return { state };
  },

  async delete(prior, file) {
    const diagnostics = (await file?.trouble("delete")) ?? [];
    if (diagnostics.length > 0) return { state: prior, diagnostics };
    file?.save(prior.name, undefined);
    return { state: null };
  },

  import: (id, file) => ({ state: file?.load().records[id] ?? null }),

  upgrade: (stored) => ({ ...(stored as Record), content: { old: String(stored.text) } }),
};

const countSchema = {
  attributes: {
    at_most: { type: "number", optional: true },
    names: { type: ["list", "string"], computed: true },
  },
} as const satisfies Schema;

const count: DataSource<typeof countSchema, File | undefined> = {
  schema: countSchema,
  validate: ({ at_most }) =>
    isUnknown(at_most) || at_most === null || at_most >= 0
      ? []
      : [{ severity: "error", summary: "Less than nothing", path: ["at_most"] }],
  read({ at_most }, file) {
    const names = Object.keys(file?.load().records ?? {}).sort();
    const full: Diagnostic = { severity: "error", summary: "The shelf is full", detail: names.join(", ") };
    return {
      state: { at_most, names },
      diagnostics: at_most !== null && names.length > at_most ? [full] : [],
    };
  },
};

const configuration = {
  attributes: { file: { type: "string", required: true, description: "Path of the shelf." } },
} as const satisfies Schema;

const provider: Provider<typeof configuration, File | undefined> = {
  schema: configuration,
  validate: ({ file }) =>
    isUnknown(file) || file.endsWith(".json")
      ? []
      : [{ severity: "error", summary: "A shelf is a .json file", path: ["file"] }],
  configure: ({ file }, terraform) => ({ client: isUnknown(file) ? undefined : new File(file, terraform) }),
  resources: { shelf_record: record },
  dataSources: { shelf_count: count },
};

serve(provider);
