/**
 * Where Terraform keeps the state of an environment, for who wants to keep one. The project says so in the context of its `cdktf.json`, which `cdktf`
 * and `hgscim` both read; never a release, which travels between projects.
 */
import { TerraformBackend, type TerraformRemoteState, type TerraformStack } from "cdktf";
import { z } from "zod";
import { canonicalJson } from "../model/canonical.ts";
import { fail, ok, type Result } from "../model/result.ts";
import { literal } from "./literal.ts";

const placeholder = "{environment}";
const example = `{ "pg": { "schema_name": "hgscim_${placeholder}" } }`;

/** A backend's type, and its settings. */
const Backend = z
  .record(z.string(), z.record(z.string(), z.json()))
  .refine((backend) => Object.keys(backend).length === 1);

export interface BackendConfig {
  readonly type: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

/**
 * The backend of an environment: that under its name in `backends`, else `backend`; undefined where there is none.
 *
 * @param context of the project
 * @returns failing, what is wrong with the context
 */
export function backendOf(
  context: { readonly backend?: unknown; readonly backends?: unknown },
  environment: string,
): Result<BackendConfig | undefined, string> {
  const { backend, backends = {} } = context;
  if (!isRecord(backends))
    return fail(`context.backends is no map (expected environments, each with a backend as in ${example})`);
  const isOwn = Object.hasOwn(backends, environment);
  const name = isOwn ? `context.backends.${environment}` : "context.backend";
  const given = isOwn ? backends[environment] : backend;
  if (given === undefined) return ok(undefined);
  const parsed = Backend.safeParse(given);
  const [entry] = parsed.success ? Object.entries(parsed.data) : [];
  if (!entry) return fail(`${name} is not a backend (expected one type with its settings, as in ${example})`);
  const [type, settings] = entry;
  if (!isOwn && !canonicalJson(settings).includes(placeholder))
    return fail(
      `${name} is one state for every environment (expected ${placeholder} in its settings, as in ${example})`,
    );
  const filled = eachText(settings, (text) => text.replaceAll(placeholder, environment));
  return ok({ type, settings: filled as BackendConfig["settings"] });
}

/** The block `backend` of a stack. */
export class StateBackend extends TerraformBackend {
  readonly #settings: BackendConfig["settings"];

  constructor(stack: TerraformStack, { type, settings }: BackendConfig) {
    super(stack, "backend", type);
    this.#settings = settings;
  }

  protected override synthesizeAttributes(): { [name: string]: unknown } {
    return eachText(this.#settings, literal) as { [name: string]: unknown };
  }

  override getRemoteStateDataSource(): TerraformRemoteState {
    throw new Error("an environment's stack refers to no other");
  }
}

function eachText(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((element) => eachText(element, change));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, content]) => [key, eachText(content, change)]));
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
