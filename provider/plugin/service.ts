/**
 * The calls of `tfplugin6.Provider`, answered by a provider: what lies between the messages and the author's functions,
 * without the transport.
 *
 * Source: hashicorp/terraform, docs/resource-instance-change-lifecycle.md.
 */
import { isDeepStrictEqual } from "node:util";
import { diagnosticMessage, pathMessage, schemaMessage } from "./describe.ts";
import { type Diagnostic, hasError } from "./diagnostic.ts";
import { failure } from "./failure.ts";
import type { calls, DynamicValue } from "./messages.ts";
import type { Decoded } from "./protobuf.ts";
import type { NewState, Provider } from "./provider.ts";
import type { Config, Planned, Schema, State } from "./schema.ts";
import { Unknown } from "./unknown.ts";
import { type Attributes, fromJson, fromMessagePack, toMessagePack, ValueError } from "./value.ts";

type Calls = typeof calls;
type Response<C extends keyof Calls> = Decoded<Calls[C]["response"]>;
type Dynamic = Decoded<typeof DynamicValue>;

/** One function a call. None rejects, but for a resource type that the provider does not declare. */
export type Service = {
  readonly [C in keyof Calls]: (request: Decoded<Calls[C]["request"]>) => Promise<Response<C>>;
};

const CAPABILITIES = { plan_destroy: true, get_provider_schema_optional: true };

/** MessagePack's nil. */
const NIL = 0xc0;
const NULL: Dynamic = { msgpack: Uint8Array.of(NIL) };
const isNull = ({ msgpack }: Dynamic): boolean => msgpack?.[0] === NIL;

/** The service of one provider, for the one Terraform that started this process. */
export function createService<Client>(provider: Provider<Schema, Client>): Service {
  const interrupted = new AbortController();
  let configured: { readonly client: Client } | undefined;

  const client = (): Client => {
    if (configured === undefined) throw new Error("the provider is not configured");
    return configured.client;
  };

  const { resources, dataSources = {} } = provider;
  const find = (type = "") => named(resources, type, "resource type");
  const findData = (type = "") => named(dataSources, type, "data source");

  return {
    GetMetadata: async () => ({
      server_capabilities: CAPABILITIES,
      resources: Object.keys(resources).map((type_name) => ({ type_name })),
      data_sources: Object.keys(dataSources).map((type_name) => ({ type_name })),
    }),

    GetProviderSchema: async () => ({
      server_capabilities: CAPABILITIES,
      provider: schemaMessage(provider.schema),
      resource_schemas: schemaMessages(resources),
      data_source_schemas: schemaMessages(dataSources),
    }),

    ValidateProviderConfig: ({ config = NULL }) =>
      answer("validate the configuration of the provider", provider.schema, {}, async () => {
        const diagnostics = await provider.validate?.(readConfig(provider.schema, config));
        return [{}, diagnostics];
      }),

    ConfigureProvider: ({ terraform_version = "", config = NULL }) =>
      answer("configure the provider", provider.schema, {}, async () => {
        const terraform = { version: terraform_version, interrupted: interrupted.signal };
        configured = undefined;
        const { client, diagnostics } = await provider.configure(
          readConfig(provider.schema, config),
          terraform,
        );
        configured = { client };
        return [{}, diagnostics];
      }),

    ValidateResourceConfig: ({ type_name, config = NULL }) => {
      const resource = find(type_name);
      return answer(`validate ${type_name}`, resource.schema, {}, async () => {
        const diagnostics = await resource.validate?.(readConfig(resource.schema, config));
        return [{}, diagnostics];
      });
    },

    ValidateDataResourceConfig: ({ type_name, config = NULL }) => {
      const source = findData(type_name);
      return answer(`validate ${type_name}`, source.schema, {}, async () => {
        const diagnostics = await source.validate?.(readConfig(source.schema, config));
        return [{}, diagnostics];
      });
    },

    UpgradeResourceState: ({ type_name, version = 0, raw_state }) => {
      const { schema, upgrade } = find(type_name);
      return answer(`read the stored state of ${type_name}`, schema, {}, async () => {
        const stored = Buffer.from(raw_state?.json ?? []).toString();
        const current = schema.version ?? 0;
        if (version === current) return [{ upgraded_state: writeState(schema, fromJson(schema, stored)) }];
        if (upgrade === undefined)
          throw new Error(`it has schema version ${version}, this provider knows only ${current}`);
        return [{ upgraded_state: writeState(schema, await upgrade(JSON.parse(stored), version)) }];
      });
    },

    ReadResource: ({ type_name, current_state = NULL }) => {
      const resource = find(type_name);
      return answer(`read ${type_name}`, resource.schema, { new_state: current_state }, async () => {
        const current = readState(resource.schema, current_state);
        if (current === null) return [{ new_state: NULL }];
        return newState(resource.schema, await resource.read(current, client()));
      });
    },

    PlanResourceChange: ({ type_name, prior_state = NULL, proposed_new_state = NULL, ...request }) => {
      const resource = find(type_name);
      const { schema } = resource;
      return answer(`plan ${type_name}`, schema, { planned_state: proposed_new_state }, async () => {
        const prior = readState(schema, prior_state);
        const given = readPlanned(schema, proposed_new_state);
        if (given === null)
          return [
            { planned_state: NULL },
            prior === null ? [] : await resource.planDestroy?.(prior, client()),
          ];

        const config = readConfig(schema, request.config ?? NULL);
        const proposed = forgetComputed(schema, prior, config, given);
        const plan = (await resource.plan?.({ prior, config, proposed }, client())) ?? { planned: proposed };
        const response = {
          planned_state: { msgpack: toMessagePack(schema, plan.planned, { allowUnknown: true }) },
          requires_replace: (plan.requiresReplace ?? []).map((path) => pathMessage(schema, path)),
        };
        return [response, plan.diagnostics];
      });
    },

    ApplyResourceChange: ({ type_name, prior_state = NULL, planned_state = NULL, ...request }) => {
      const resource = find(type_name);
      const { schema } = resource;
      const verb = isNull(planned_state) ? "destroy" : isNull(prior_state) ? "create" : "update";
      return answer(`${verb} ${type_name}`, schema, { new_state: prior_state }, async () => {
        const prior = readState(schema, prior_state);
        const planned = readPlanned(schema, planned_state);
        if (planned === null)
          return prior === null
            ? [{ new_state: NULL }]
            : newState(schema, await resource.delete(prior, client()));

        // by now nothing in it is unknown
        const config = readConfig(schema, request.config ?? NULL) as State<Schema>;
        return newState(
          schema,
          prior === null
            ? await resource.create({ config, planned }, client())
            : await resource.update({ prior, config, planned }, client()),
        );
      });
    },

    ImportResourceState: ({ type_name = "", id = "" }) => {
      const resource = find(type_name);
      return answer(`import ${type_name} "${id}"`, resource.schema, {}, async () => {
        if (resource.import === undefined) throw new Error("this resource type cannot be imported");
        const { state, diagnostics = [] } = await resource.import(id, client());
        if (state !== null)
          return [
            { imported_resources: [{ type_name, state: writeState(resource.schema, state) }] },
            diagnostics,
          ];
        if (!hasError(diagnostics)) throw new Error("it does not exist");
        return [{}, diagnostics];
      });
    },

    ReadDataSource: ({ type_name, config = NULL }) => {
      const { schema, read } = findData(type_name);
      return answer(`read ${type_name}`, schema, {}, async () => {
        // Terraform asks when nothing in it is unknown any more
        const given = readConfig(schema, config) as State<Schema>;
        const { state, diagnostics = [] } = await read(given, client());
        if (state === null && !hasError(diagnostics)) throw new Error("it does not exist");
        return [{ state: writeState(schema, state) }, diagnostics];
      });
    },

    StopProvider: async () => {
      interrupted.abort(new Error("Terraform was interrupted"));
      return {};
    },
  };
}

/** What is declared under the name of a type. */
function named<T>(declared: { readonly [type: string]: T }, type: string, kind: string): T {
  const found = Object.hasOwn(declared, type) ? declared[type] : undefined;
  if (found === undefined) throw new Error(`this provider has no ${kind} "${type}"`);
  return found;
}

const schemaMessages = (declared: { readonly [type: string]: { readonly schema: Schema } }) =>
  Object.fromEntries(Object.entries(declared).map(([type, { schema }]) => [type, schemaMessage(schema)]));

/** Runs a call and adds its diagnostics; when it throws, that is the one diagnostic, beside `otherwise`. */
async function answer<R extends object>(
  what: string,
  schema: Schema,
  otherwise: Partial<R>,
  run: () => Promise<readonly [response: Partial<R>, diagnostics?: readonly Diagnostic[] | undefined]>,
) {
  const [response, diagnostics = []] = await run().catch(
    (thrown) => [otherwise, [failure(what, thrown)]] as const,
  );
  return { ...response, diagnostics: diagnostics.map((diagnostic) => diagnosticMessage(schema, diagnostic)) };
}

const readState = (schema: Schema, { msgpack = new Uint8Array() }: Dynamic): State<Schema> | null =>
  fromMessagePack(schema, msgpack) as State<Schema> | null;

const readPlanned = (schema: Schema, { msgpack = new Uint8Array() }: Dynamic): Planned<Schema> | null =>
  fromMessagePack(schema, msgpack) as Planned<Schema> | null;

/** Terraform sees to it that required attributes are written, not that they are other than null. */
function readConfig(schema: Schema, value: Dynamic): Config<Schema> {
  const config = readPlanned(schema, value);
  if (config === null) throw new Error("there is no configuration");
  for (const [name, { required }] of Object.entries(schema.attributes))
    if (required && config[name] === null) throw new ValueError([name], "must not be null");
  return config;
}

const writeState = (schema: Schema, state: Attributes | null): Dynamic => ({
  msgpack: toMessagePack(schema, state, { allowUnknown: false }),
});

const newState = (schema: Schema, { state, diagnostics }: NewState<Schema>) =>
  [{ new_state: writeState(schema, state) }, diagnostics] as const;

/**
 * Terraform proposes the prior values of computed attributes, null when there are none. Whatever changes may change
 * them: then they are unknown until the provider says otherwise.
 */
function forgetComputed(
  schema: Schema,
  prior: State<Schema> | null,
  config: Config<Schema>,
  proposed: Planned<Schema>,
): Planned<Schema> {
  if (isDeepStrictEqual(prior, proposed)) return proposed;
  return Object.fromEntries(
    Object.entries(schema.attributes).map(([name, { computed }]) => [
      name,
      computed && config[name] === null ? Unknown : proposed[name],
    ]),
  ) as Planned<Schema>;
}
