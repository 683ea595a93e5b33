/** The attributes of a User by the paths that people write: `name.familyName`, `enterprise.department`. */
import { enterpriseUserSchema } from "./enterprise-user.ts";
import type { Attribute } from "./schema.ts";
import { userSchema } from "./user.ts";

/** All that an identity provider may send and the agent keeps. */
export const attributePaths: readonly string[] = [
  ...pathsOf(userSchema.attributes, ""),
  ...pathsOf(enterpriseUserSchema.attributes, "enterprise."),
];

function pathsOf(attributes: readonly Attribute[], above: string): string[] {
  return attributes
    .filter(({ name, mutability, returned }) => {
      return mutability !== "readOnly" && returned !== "never" && !name.startsWith("$");
    })
    .flatMap(({ name, subAttributes = [] }) => [
      `${above}${name}`,
      ...pathsOf(subAttributes, `${above}${name}.`),
    ]);
}
