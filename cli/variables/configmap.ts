/** Variables as a ConfigMap of Kubernetes. Secrets do not belong into one, their references neither: nobody resolves them there. */
import { Document } from "yaml";
import type { InventoryEntry } from "./inventory.ts";

/** The manifest. Its readers take YAML 1.1, where `yes` and `1_000` are no text, and every value must be one. */
export function configMapText(inventory: readonly InventoryEntry[], environment: string): string {
  const data = inventory.flatMap(({ name, value }) => (value === undefined ? [] : [[name, String(value)]]));
  const manifest = new Document(
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: `hgscim-${environment}` },
      data: Object.fromEntries(data),
    },
    { version: "1.1" },
  );
  const secrets = inventory.flatMap(({ name, references }) => (references ? [name] : []));
  if (secrets.length > 0)
    manifest.commentBefore = ` Without the secrets, which are to come from elsewhere: ${secrets.join(", ")}`;
  return manifest.toString({ lineWidth: 0, directives: false });
}
