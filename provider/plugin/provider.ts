import type { Diagnostic, Path } from "./diagnostic.ts";
import type { Config, Planned, Schema, State } from "./schema.ts";

type Awaitable<T> = T | Promise<T>;

/** What `read`, `create`, `update`, `delete` and `import` answer: the resource as it is now, null when there is none. */
export interface NewState<S extends Schema> {
  readonly state: State<S> | null;
  readonly diagnostics?: readonly Diagnostic[];
}

/** What `plan` answers. */
export interface Plan<S extends Schema> {
  /**
   * The state after apply. Values set in the configuration must stay as they are; a computed attribute may get any
   * value, and then apply must return that very value, or be left `Unknown`.
   */
  readonly planned: Planned<S>;
  /** Attributes whose change cannot be made in place. Terraform ignores those that do not change. */
  readonly requiresReplace?: readonly Path[];
  readonly diagnostics?: readonly Diagnostic[];
}

/**
 * One resource type. Each function may throw: the person sees the message as an error, the state stays what it was.
 *
 * `Client` is what the provider's `configure` made.
 */
export interface Resource<S extends Schema, Client> {
  readonly schema: S;

  /** Checks a configuration without the client; runs at `terraform validate` too, when much may be unknown. */
  validate?(config: Config<S>): Awaitable<readonly Diagnostic[]>;

  /** The resource as it really is; a null state says that it is gone. */
  read(state: State<S>, client: Client): Awaitable<NewState<S>>;

  /**
   * What the change would make of the resource. `prior` is null when it is to be created. `proposed` is the
   * configuration, with computed attributes kept from `prior` when nothing changes and else `Unknown`; it is the plan
   * when this function is left out. Terraform asks again during apply, and compares: the answer must depend on nothing
   * that changes meanwhile, except for diagnostics.
   */
  plan?(
    change: { readonly prior: State<S> | null; readonly config: Config<S>; readonly proposed: Planned<S> },
    client: Client,
  ): Awaitable<Plan<S>>;

  /** What to say before the resource is destroyed; an error forbids it. */
  planDestroy?(prior: State<S>, client: Client): Awaitable<readonly Diagnostic[]>;

  /**
   * Makes the resource. On failure answer an error and a null state, which leaves nothing; an error beside a state taints
   * the resource, so that Terraform replaces it.
   */
  create(
    change: { readonly config: State<S>; readonly planned: Planned<S> },
    client: Client,
  ): Awaitable<NewState<S>>;

  /** Changes it in place. On failure answer an error and the state that is really active now: it is not tainted. */
  update(
    change: { readonly prior: State<S>; readonly config: State<S>; readonly planned: Planned<S> },
    client: Client,
  ): Awaitable<NewState<S>>;

  /** Destroys it and answers a null state; on failure an error and what is left. */
  delete(prior: State<S>, client: Client): Awaitable<NewState<S>>;

  /** Finds the resource that `terraform import` names. A null state says that there is none. */
  import?(id: string, client: Client): Awaitable<NewState<S>>;

  /** Turns a state stored under an older `schema.version` into one of today's schema. */
  upgrade?(stored: { readonly [attribute: string]: unknown }, version: number): Awaitable<State<S>>;
}

/** One data source: something that is asked while Terraform plans, and changes nothing. */
export interface DataSource<S extends Schema, Client> {
  readonly schema: S;

  /** Checks a configuration without the client; runs at `terraform validate` too, when much may be unknown. */
  validate?(config: Config<S>): Awaitable<readonly Diagnostic[]>;

  /**
   * Asks. Values set in the configuration must stay as they are. With an error among the diagnostics the state may be null;
   * where the data source stands in a `check` block, Terraform makes a warning of it.
   */
  read(config: State<S>, client: Client): Awaitable<NewState<S>>;
}

/** What the provider is told about the Terraform that runs it. */
export interface Terraform {
  readonly version: string;
  /** Aborted when the person interrupts the run: give it to whatever waits. */
  readonly interrupted: AbortSignal;
}

/** A provider: its own configuration, and its resource types and data sources by name. */
export interface Provider<S extends Schema, Client> {
  readonly schema: S;

  /** Checks the configuration without contacting anything. */
  validate?(config: Config<S>): Awaitable<readonly Diagnostic[]>;

  /**
   * Makes the client that every function of a resource is given, once per process. At plan time any part of the
   * configuration may be `Unknown`: then make a client that says so when it is used.
   */
  configure(
    config: Config<S>,
    terraform: Terraform,
  ): Awaitable<{ readonly client: Client; readonly diagnostics?: readonly Diagnostic[] }>;

  /** By the full name of the type, which begins with the provider's: `hgscim_release`. */
  readonly resources: { readonly [type: string]: Resource<Schema, Client> };

  /** So for data sources. */
  readonly dataSources?: { readonly [type: string]: DataSource<Schema, Client> };
}
