/** What other stacks may take from an environment's, by `terraform_remote_state`: where its SCIM services are, and what is active. */
import { TerraformOutput, type TerraformStack } from "cdktf";
import type { Release } from "../model/release.ts";
import { literal } from "./literal.ts";

/**
 * Adds the outputs. They follow the resource that stands for the release, so that a deploy that failed changes none. Impact is never
 * among them: an output that changes is a change.
 *
 * @param address of the resource
 * @param digests Terraform's expressions for those of what is active
 */
export function addOutputs(
  stack: TerraformStack,
  release: Release,
  address: string,
  digests: { readonly digest: string; readonly policyDigest: string },
): void {
  const outputs = {
    digest: { value: digests.digest, description: "The digest of the active release" },
    policy_digest: {
      value: digests.policyDigest,
      description: "The digest of its policy, which promotion carries",
    },
    scim_addresses: {
      value: scimAddresses(release),
      description: "The address that each identity provider is given, by its connector",
    },
  };
  // of cdktf's own resources it would be a template, which Terraform takes for none here
  for (const [name, output] of Object.entries(outputs))
    new TerraformOutput(stack, name, { ...output, dependsOn: [{ fqn: address }] });
}

/** Of the connectors whose identity provider writes; the others are read. */
function scimAddresses({ connectors, variables }: Release): Record<string, string> {
  const addresses = Object.entries(connectors).flatMap(([name, { endpoint }]) => {
    const variable = endpoint && variables[endpoint.var];
    return variable?.type === "url" && variable.value !== undefined ? [[name, literal(variable.value)]] : [];
  });
  return Object.fromEntries(addresses);
}
