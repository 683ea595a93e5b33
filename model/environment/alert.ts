/** Whom to tell when something happens that a person must know. */
import { z } from "zod";
import { Name, setOf, VariableReference } from "./common.ts";

/** What happens at a connector. */
export const connectorEvents = [
  "held",
  "failed",
  "auth-failed",
  "cycle-late",
  "token-expires",
  "quarantined",
] as const;

/** What happens at the host as a whole. */
const hostEvents = ["break-glass", "deployed", "bounds", "clock", "disk"] as const;

/** What happened. */
export type EventKind = (typeof connectorEvents)[number] | (typeof hostEvents)[number];

export const Alert = z.strictObject({
  to: VariableReference.describe(
    "Where it is sent, as a JSON POST: a variable of type secret, or of type url where the address is none.",
  ).meta({ examples: [{ var: "ALERT_WEBHOOK" }] }),
  on: setOf(z.enum([...connectorEvents, ...hostEvents]))
    .min(1, { error: "no event (expected at least one)" })
    .describe("What happened.")
    .meta({ examples: [["held", "auth-failed"]] }),
  connectors: setOf(Name)
    .min(1, { error: "no connector (expected at least one, or no such key for all)" })
    .exactOptional()
    .describe("Only what happens at these connectors; all of them when absent.")
    .meta({ examples: [["okta"]] }),
});

export type Alert = z.infer<typeof Alert>;
