/** What a provider declares and answers, as the protocol's messages: schemas, attribute paths, diagnostics. */
import type { Diagnostic, Path } from "./diagnostic.ts";
import type * as messages from "./messages.ts";
import type { Decoded } from "./protobuf.ts";
import type { Schema, Type } from "./schema.ts";

const SEVERITY = { error: 1, warning: 2 } as const;

/** The schema as Terraform wants it told. */
export function schemaMessage(schema: Schema): Decoded<typeof messages.Schema> {
  const version = schema.version ?? 0;
  return {
    version,
    block: {
      version,
      description: schema.description ?? "",
      attributes: Object.entries(schema.attributes).map(([name, attribute]) => ({
        name,
        type: Buffer.from(JSON.stringify(attribute.type)),
        description: attribute.description ?? "",
        required: attribute.required ?? false,
        optional: attribute.optional ?? false,
        computed: attribute.computed ?? false,
        sensitive: attribute.sensitive ?? false,
        deprecated: attribute.deprecated ?? false,
      })),
    },
  };
}

/** A diagnostic about a value of the schema. */
export function diagnosticMessage(
  schema: Schema,
  { severity, summary, detail, path }: Diagnostic,
): Decoded<typeof messages.Diagnostic> {
  const attribute = path === undefined ? undefined : pathMessage(schema, path);
  return {
    severity: SEVERITY[severity],
    summary,
    detail: detail ?? "",
    ...(attribute?.steps?.length ? { attribute } : {}),
  };
}

/**
 * A path into a value of the schema. It ends where the schema ends: elements of sets and parts of strings cannot be
 * pointed at, and a diagnostic that points a little too high is better than none.
 */
export function pathMessage(schema: Schema, path: Path): Decoded<typeof messages.AttributePath> {
  const steps = [];
  let type: Type | undefined = ["object", mapTypes(schema)];
  for (const step of path) {
    if (typeof type !== "object") break;
    if (type[0] === "object") {
      const attribute: Type | undefined = Object.hasOwn(type[1], step) ? type[1][step] : undefined;
      if (attribute === undefined) break;
      steps.push({ attribute_name: String(step) });
      type = attribute;
    } else if (type[0] === "map") {
      steps.push({ element_key_string: String(step) });
      type = type[1];
    } else if (type[0] === "list" && typeof step === "number") {
      steps.push({ element_key_int: step });
      type = type[1];
    } else {
      break;
    }
  }
  return { steps };
}

const mapTypes = (schema: Schema): { readonly [name: string]: Type } =>
  Object.fromEntries(Object.entries(schema.attributes).map(([name, attribute]) => [name, attribute.type]));
