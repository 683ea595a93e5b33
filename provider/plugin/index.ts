/**
 * Terraform's plugin protocol 6 as a small server: declare a provider, call `serve`.
 *
 * It knows nothing of any one provider. What a provider author needs is exported here; the rest of the folder is how it
 * is said on the wire: protobuf messages over gRPC over a socket that only Terraform can open, values in MessagePack.
 *
 * @example
 * const schema = {
 *   attributes: {
 *     name: { type: "string", required: true },
 *     tags: { type: ["map", "string"], optional: true },
 *     digest: { type: "string", computed: true },
 *   },
 * } as const satisfies Schema;
 *
 * const thing: Resource<typeof schema, Client> = {
 *   schema,
 *   read: async (state, client) => ({ state: await client.get(state.name) }),
 *   create: async ({ config }, client) => ({ state: await client.put(config) }),
 *   …
 * };
 *
 * serve({ schema: providerSchema, configure, resources: { example_thing: thing } });
 */
export type { Diagnostic, Path } from "./diagnostic.ts";
export type { DataSource, NewState, Plan, Provider, Resource, Terraform } from "./provider.ts";
export type { Attribute, Config, Planned, Schema, State, Type, Value } from "./schema.ts";
export { serve } from "./serve.ts";
export { isUnknown, isWhollyKnown, type Known, Unknown } from "./unknown.ts";
