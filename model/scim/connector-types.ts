/** The resource types of one connector: the standard's, and its users with the extensions that it declares. */

import type { Extension } from "../environment/connector/extension.ts";
import type { Connector } from "../environment/connector.ts";
import { groupType } from "./group.ts";
import { attribute, type ResourceType, type Schema } from "./schema.ts";
import { userType } from "./user.ts";

export interface ConnectorTypes {
  readonly user: ResourceType;
  readonly group: ResourceType;
}

/** The resource types that a connector serves. */
export function connectorTypes({ extensions = {} }: Pick<Connector, "extensions">): ConnectorTypes {
  const declared = Object.entries(extensions).map(([name, extension]) => extensionSchema(name, extension));
  return {
    user:
      declared.length === 0 ? userType : { ...userType, extensions: [...userType.extensions, ...declared] },
    group: groupType,
  };
}

/** A declared extension as a SCIM schema (RFC 7643, section 3.3), called by its name in expressions. */
export function extensionSchema(name: string, { schema, attributes }: Extension): Schema {
  return {
    id: schema,
    name,
    description: `The extension ${name} of the environment.`,
    attributes: Object.entries(attributes).map(([attributeName, { type, multiValued }]) =>
      attribute(attributeName, `The attribute ${attributeName} of the extension ${name}.`, {
        type,
        multiValued,
      }),
    ),
  };
}
