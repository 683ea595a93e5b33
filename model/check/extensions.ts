/** Whether all connectors mean one thing by the name of an extension: expressions over all users know it by that name. */
import type { Path } from "../document.ts";
import { formatPosition } from "../problem.ts";
import type { Context } from "./context.ts";

/** Reports extensions and their attributes that are declared twice, and not alike. */
export function checkExtensions({ environment, locate, report }: Context): void {
  const schemas = new Map<string, { schema: string; path: Path }>();
  const types = new Map<string, { type: string; path: Path }>();
  for (const [connector, { extensions = {} }] of Object.entries(environment.connectors)) {
    const names = new Map<string, string>();
    for (const [name, { schema, attributes }] of Object.entries(extensions)) {
      const path = ["connectors", connector, "extensions", name];
      const twin = names.get(schema.toLowerCase());
      if (twin !== undefined)
        report(
          [...path, "schema"],
          "extension-mismatch",
          `the schema of extension "${twin}" too (expected one name for it)`,
        );
      names.set(schema.toLowerCase(), name);

      const first = schemas.get(name);
      if (first && first.schema !== schema) {
        report(
          [...path, "schema"],
          "extension-mismatch",
          `extension "${name}" has another schema at ${formatPosition(locate(first.path))} (expected ${first.schema}, or another name)`,
        );
        continue;
      }
      if (!first) schemas.set(name, { schema, path: [...path, "schema"] });
      for (const [attribute, { type, multiValued }] of Object.entries(attributes)) {
        const key = `${name}.${attribute}`;
        const meant = multiValued ? `a list of ${type}` : type;
        const before = types.get(key);
        if (before && before.type !== meant)
          report(
            [...path, "attributes", attribute],
            "extension-mismatch",
            `"${key}" is ${before.type} at ${formatPosition(locate(before.path))} (expected the same type)`,
          );
        if (!before) types.set(key, { type: meant, path: [...path, "attributes", attribute] });
      }
    }
  }
}
