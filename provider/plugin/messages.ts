/**
 * The messages of Terraform's plugin protocol 6 that this server speaks, by field number. Fields that it neither reads
 * nor sets are left out; the codec skips them.
 *
 * Source: hashicorp/terraform, docs/plugin-protocol/tfplugin6.proto.
 */
import type { Message } from "./protobuf.ts";

/** A value of Terraform's. */
export const DynamicValue = { msgpack: [1, "bytes"] } as const satisfies Message;

/** One of the three is set. */
const AttributePathStep = {
  attribute_name: [1, "string"],
  element_key_string: [2, "string"],
  element_key_int: [3, "int64"],
} as const satisfies Message;

export const AttributePath = { steps: [1, "repeated", AttributePathStep] } as const satisfies Message;

export const Diagnostic = {
  severity: [1, "int64"],
  summary: [2, "string"],
  detail: [3, "string"],
  attribute: [4, AttributePath],
} as const satisfies Message;

/** `type` is a type constraint in JSON. */
const SchemaAttribute = {
  name: [1, "string"],
  type: [2, "bytes"],
  description: [3, "string"],
  required: [4, "bool"],
  optional: [5, "bool"],
  computed: [6, "bool"],
  sensitive: [7, "bool"],
  deprecated: [9, "bool"],
} as const satisfies Message;

const SchemaBlock = {
  version: [1, "int64"],
  attributes: [2, "repeated", SchemaAttribute],
  description: [4, "string"],
} as const satisfies Message;

export const Schema = { version: [1, "int64"], block: [2, SchemaBlock] } as const satisfies Message;

const ServerCapabilities = {
  plan_destroy: [1, "bool"],
  get_provider_schema_optional: [2, "bool"],
} as const satisfies Message;

/** Of a resource type, and of a data source. */
const TypeMetadata = { type_name: [1, "string"] } as const satisfies Message;

/** A state as it lies on disk. */
const RawState = { json: [1, "bytes"] } as const satisfies Message;

const ImportedResource = { type_name: [1, "string"], state: [2, DynamicValue] } as const satisfies Message;

/** Request and response of each call of the service `tfplugin6.Provider`. */
export const calls = {
  GetMetadata: {
    request: {},
    response: {
      server_capabilities: [1, ServerCapabilities],
      diagnostics: [2, "repeated", Diagnostic],
      data_sources: [3, "repeated", TypeMetadata],
      resources: [4, "repeated", TypeMetadata],
    },
  },
  GetProviderSchema: {
    request: {},
    response: {
      provider: [1, Schema],
      resource_schemas: [2, "map", Schema],
      data_source_schemas: [3, "map", Schema],
      diagnostics: [4, "repeated", Diagnostic],
      server_capabilities: [6, ServerCapabilities],
    },
  },
  ValidateProviderConfig: {
    request: { config: [1, DynamicValue] },
    response: { diagnostics: [2, "repeated", Diagnostic] },
  },
  ValidateResourceConfig: {
    request: { type_name: [1, "string"], config: [2, DynamicValue] },
    response: { diagnostics: [1, "repeated", Diagnostic] },
  },
  ValidateDataResourceConfig: {
    request: { type_name: [1, "string"], config: [2, DynamicValue] },
    response: { diagnostics: [1, "repeated", Diagnostic] },
  },
  UpgradeResourceState: {
    request: { type_name: [1, "string"], version: [2, "int64"], raw_state: [3, RawState] },
    response: { upgraded_state: [1, DynamicValue], diagnostics: [2, "repeated", Diagnostic] },
  },
  ConfigureProvider: {
    request: { terraform_version: [1, "string"], config: [2, DynamicValue] },
    response: { diagnostics: [1, "repeated", Diagnostic] },
  },
  ReadResource: {
    request: { type_name: [1, "string"], current_state: [2, DynamicValue] },
    response: { new_state: [1, DynamicValue], diagnostics: [2, "repeated", Diagnostic] },
  },
  PlanResourceChange: {
    request: {
      type_name: [1, "string"],
      prior_state: [2, DynamicValue],
      proposed_new_state: [3, DynamicValue],
      config: [4, DynamicValue],
    },
    response: {
      planned_state: [1, DynamicValue],
      requires_replace: [2, "repeated", AttributePath],
      diagnostics: [4, "repeated", Diagnostic],
    },
  },
  ApplyResourceChange: {
    request: {
      type_name: [1, "string"],
      prior_state: [2, DynamicValue],
      planned_state: [3, DynamicValue],
      config: [4, DynamicValue],
    },
    response: { new_state: [1, DynamicValue], diagnostics: [3, "repeated", Diagnostic] },
  },
  ImportResourceState: {
    request: { type_name: [1, "string"], id: [2, "string"] },
    response: {
      imported_resources: [1, "repeated", ImportedResource],
      diagnostics: [2, "repeated", Diagnostic],
    },
  },
  ReadDataSource: {
    request: { type_name: [1, "string"], config: [2, DynamicValue] },
    response: { state: [1, DynamicValue], diagnostics: [2, "repeated", Diagnostic] },
  },
  StopProvider: {
    request: {},
    response: { Error: [1, "string"] },
  },
} as const satisfies { readonly [call: string]: { readonly request: Message; readonly response: Message } };
