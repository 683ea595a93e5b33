/** Whom to tell when something happens that a person must know. */
import { z } from "zod";
import { Duration, inLargestUnit } from "../duration.ts";
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
const hostEvents = [
  "break-glass",
  "deployed",
  "bounds",
  "drift",
  "secrets",
  "preflight",
  "clock",
  "disk",
] as const;

/** How long events of one matter are gathered after the first one of them was told. */
export const defaultCoolDown = "5m";

/** What happened. */
export type EventKind = (typeof connectorEvents)[number] | (typeof hostEvents)[number];

export const Alert = z.strictObject({
  to: VariableReference.describe(
    "Where it is sent: a variable of type secret with the address of a webhook, or of type url where the address is none; of type string, e-mail addresses with commas between.",
  ).meta({ examples: [{ var: "ALERT_WEBHOOK" }] }),
  secret: VariableReference.exactOptional()
    .describe(
      "By what a webhook is signed (Standard Webhooks): a variable of type secret, `whsec_` and Base64. Without one it is not signed: whoever knows the address can post there.",
    )
    .meta({ examples: [{ var: "ALERT_SECRET" }] }),
  on: setOf(z.enum([...connectorEvents, ...hostEvents]))
    .min(1, { error: "no event (expected at least one)" })
    .describe("What happened.")
    .meta({ examples: [["held", "auth-failed"]] }),
  connectors: setOf(Name)
    .min(1, { error: "no connector (expected at least one, or no such key for all)" })
    .exactOptional()
    .describe("Only what happens at these connectors; all of them when absent.")
    .meta({ examples: [["okta"]] }),
  names: z
    .literal(true, { error: "not true (expected true, or no such key)" })
    .exactOptional()
    .describe("Whether it may name people; when absent it tells what happened by rules and numbers alone.")
    .meta({ examples: [true] }),
  coolDown: Duration.overwrite(inLargestUnit)
    .exactOptional()
    .describe(
      `The first event of a kind, connector and rule is told at once; those that come so long after it, together in one alert at the end. ${defaultCoolDown} when absent; with 0s each one is told.`,
    )
    .meta({ examples: ["15m"] }),
});

export type Alert = z.infer<typeof Alert>;
