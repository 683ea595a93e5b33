/**
 * The language of `environments/*.yaml`: one schema, from which the types, the checks and the release are derived.
 * A file of `environment/` holds each part. What needs more than one value to judge (does this group exist?) stands in `check/`.
 */
import { z } from "zod";
import { Alert } from "./environment/alert.ts";
import { Accept, Bounds } from "./environment/bounds.ts";
import { described, Name, setOf, VariableName } from "./environment/common.ts";
import { Connector } from "./environment/connector.ts";
import { Constraint } from "./environment/constraint.ts";
import { Delivery, Promotion } from "./environment/delivery.ts";
import { Limits } from "./environment/limits.ts";
import { PermissionSet } from "./environment/permission-set.ts";
import { Safeguard } from "./environment/safeguard.ts";
import { Secret } from "./environment/secret.ts";
import { Variable } from "./environment/variable.ts";

/** A whole environment file, `extends` already merged. */
export const Environment = z.strictObject({
  description: described.description,
  delivery: Delivery.describe("How a release reaches the agent."),
  promote: Promotion.optional().describe(
    "Which policies may come here: those that another environment runs.",
  ),
  bounds: Bounds.optional().describe(
    "How many people one release may take access from, and from whom none. When absent: from 30% of those above 10, and not from everybody.",
  ),
  accept: Accept.optional().describe("A change beyond the bounds, as it was reviewed."),
  limits: Limits.exactOptional()
    .describe("What no environment may go beyond; in a file that environments extend.")
    .meta({ examples: [{ secretLifetime: "90d" }] }),
  without: setOf(Safeguard)
    .exactOptional()
    .describe(
      "The safeguards that this environment has none of, on purpose: a constraint that protects, one that keeps, a permission set with break-glass. Validation warns of each that is neither there nor here.",
    )
    .meta({ examples: [["breakGlass"]] }),
  variables: z.record(VariableName, Variable).default({}).describe("The inventory of environment variables."),
  secrets: z.record(Name, Secret).default({}).describe("Pointers to secrets, never their values."),
  connectors: z.record(Name, Connector).default({}).describe("The links to identity providers."),
  constraints: z.record(Name, Constraint).default({}).describe("Rules that are checked at every write."),
  alerts: z
    .array(Alert)
    .default([])
    .describe("Whom to tell when something happens.")
    .meta({ examples: [[{ to: { var: "ALERT_WEBHOOK" }, on: ["held"] }]] }),
  permissions: z.record(Name, PermissionSet).default({}).describe("Groups × repositories × rights."),
});

export type Environment = z.infer<typeof Environment>;
