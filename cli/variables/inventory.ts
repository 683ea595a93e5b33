/** The inventory of an environment: each variable with its value or its references, and who uses it. Never a secret value. */
import { usedBy } from "../../model/check/environment.ts";
import { isRequired, type Variable, variableValue } from "../../model/environment/variable.ts";
import { type Release, toEnvironment } from "../../model/release.ts";
import type { Change } from "./change.ts";
import type { WrittenAt } from "./written-at.ts";

export interface InventoryEntry {
  readonly name: string;
  readonly type: Variable["type"];
  /** Absent for a secret, and where there is no value. */
  readonly value?: string | number | boolean;
  /** Of a secret: the present one, and the next one while it is being rotated. */
  readonly references?: readonly string[];
  /** Of a secret. */
  readonly lifetime?: string;
  readonly required: boolean;
  readonly owner?: string;
  readonly description?: string;
  /** Such as `connectors.okta`. */
  readonly usedBy: readonly string[];
  /** Where its value, or its references, were written; absent where nobody was asked for it. */
  readonly source?: WrittenAt;
  /** When its type, value or references changed last; absent where nobody was asked for it. */
  readonly changed?: Change;
}

/** The variables of a release, by name. */
export function inventoryOf(release: Release): InventoryEntry[] {
  const users = usedBy(toEnvironment(release));
  return Object.entries(release.variables)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, variable]) => {
      const { type, owner, description } = variable;
      const value = variableValue(variable);
      const secret = variable.type === "secret" ? release.secrets[variable.secret] : undefined;
      return {
        name,
        type,
        ...(value !== undefined && { value }),
        ...(secret && { references: secret.refs }),
        ...(secret?.lifetime && { lifetime: secret.lifetime }),
        required: isRequired(variable),
        ...(owner !== undefined && { owner }),
        ...(description !== undefined && { description }),
        usedBy: [...(users.get(name) ?? [])].sort(),
      };
    });
}

/** What counts as a change of a variable: its type, its value, and where its secret is. A word about it does not. */
export function comparedText({ type, value, references }: InventoryEntry): string {
  return JSON.stringify([type, value ?? null, references ?? []]);
}
