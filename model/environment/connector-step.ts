/** The steps by which a connector is tried before people depend on it, in the order in which they are done. */
import { z } from "zod";

export const connectorSteps = [
  "connection",
  "create",
  "update",
  "group",
  "role",
  "deactivate",
  "reactivate",
  "delete",
] as const;

export const ConnectorStep = z.enum(connectorSteps);
export type ConnectorStep = z.infer<typeof ConnectorStep>;
