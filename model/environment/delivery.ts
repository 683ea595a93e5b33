/** How a release reaches its agent, and which ones may come at all. */
import { z } from "zod";
import { Duration } from "../duration.ts";
import { coded, issueOf } from "../issue.ts";
import { LocalReference } from "../reference.ts";
import { HttpUrl, isLoopback, Name, setOf } from "./common.ts";
import { ConnectorStep } from "./connector-step.ts";

const AgentAddress = z.strictObject({
  url: HttpUrl.refine((url) => new URL(url).protocol === "https:" || isLoopback(new URL(url).hostname), {
    error: "an agent that is not on this host is reached by https only (expected https://…)",
    params: coded("unprotected-address"),
  }).describe("The agent's admin address."),
  token: LocalReference.describe("The admin token, resolved by the machine that runs terraform."),
  ca: LocalReference.optional().describe(
    "The certificate authority (PEM) of an agent whose certificate is not public.",
  ),
});

export const Delivery = z
  .strictObject(
    {
      agent: AgentAddress.exactOptional().describe("The agent beside the Mercurial host."),
      command: z
        .array(z.string())
        .refine(([program]) => program !== undefined && program !== "", {
          error: "no program (expected a program and its arguments)",
          params: coded("too-few"),
        })
        .exactOptional()
        .describe(
          "A program and its arguments, run by terraform where it cannot reach the agent: it gets the release as a file and brings it to the host.",
        ),
      destroy: z
        .enum(["prevent", "allow"])
        .default("prevent")
        .describe("Whether `destroy`, after which nobody has access, is possible at all."),
    },
    {
      error: ({ input }) =>
        input === undefined || input === null
          ? "nothing (expected agent, or command where terraform cannot reach it)"
          : undefined,
    },
  )
  .check(({ value: { agent, command }, issues }) => {
    if (agent && command)
      issues.push(
        issueOf("conflicting-keys", "a command beside an agent (expected one of them)", command, "command"),
      );
    if (!agent && !command)
      issues.push(
        issueOf(
          "missing-key",
          "nothing (expected agent, or command where terraform cannot reach it)",
          undefined,
          "agent",
        ),
      );
  });

export const Promotion = z.strictObject({
  from: Name.describe("The environment that must run the policy first."),
  soak: Duration.describe("How long it must have been active there, without a break."),
  connectorTest: z
    .strictObject({
      steps: setOf(ConnectorStep)
        .min(1, { error: "no step (expected at least one, or no such key for all)" })
        .exactOptional()
        .describe(
          "Which steps must have come there and been done; all that a connector's provider has when absent.",
        )
        .meta({ examples: [["create", "deactivate"]] }),
      within: Duration.describe("How long ago at most."),
    })
    .exactOptional()
    .describe(
      "What `hgscim connector test` must have seen there, of each connector that an identity provider writes to.",
    ),
  agent: AgentAddress.describe("That environment's agent. A reader's token is enough."),
});

export type Promotion = z.infer<typeof Promotion>;
