/**
 * What stands in for `hashicorp/null` where terraform cannot reach its registry: `null_resource` with `triggers` and `id`,
 * as registry.terraform.io/providers/hashicorp/null/3.2.4 documents it, served by `provider/plugin`.
 */
import { randomInt } from "node:crypto";
import { type Provider, type Resource, type Schema, serve } from "../../provider/plugin/index.ts";

const schema = {
  attributes: {
    triggers: { type: ["map", "string"], optional: true },
    id: { type: "string", computed: true },
  },
} as const satisfies Schema;

const nullResource: Resource<typeof schema, null> = {
  schema,
  read: (state) => ({ state }),
  plan: ({ proposed }) => ({ planned: proposed, requiresReplace: [["triggers"]] }),
  create: ({ config }) => ({ state: { ...config, id: String(randomInt(2 ** 47)) } }),
  update: ({ prior }) => ({ state: prior }),
  delete: () => ({ state: null }),
};

const provider: Provider<{ attributes: Record<string, never> }, null> = {
  schema: { attributes: {} },
  configure: () => ({ client: null }),
  resources: { null_resource: nullResource },
};

serve(provider);
