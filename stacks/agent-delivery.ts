import { Construct } from "constructs";
import { canonicalJson } from "../model/canonical.ts";
import type { Sources } from "../model/load.ts";
import type { Release } from "../model/release.ts";
import { HgscimProvider } from "./hgscim-provider.ts";
import type { HgscimRelease } from "./hgscim-release.ts";

type DeliverySetting = Release["settings"]["delivery"];
export type AgentAddress = NonNullable<DeliverySetting["agent"]>;

export interface AgentDeliveryConfig {
  readonly environment: string;
  readonly delivery: DeliverySetting;
  readonly agent: AgentAddress;
  /** Where each entry of the release stands in the YAML. */
  readonly sources: Sources;
  /** The folder of the environment's file, as seen from the stack's. */
  readonly folder: string;
}

/** How the release reaches the agent: the provider's configuration, and the setting that records it. */
export class AgentDelivery extends Construct {
  constructor(
    release: HgscimRelease,
    id: string,
    { environment, delivery, agent, sources, folder }: AgentDeliveryConfig,
  ) {
    super(release, id);
    new HgscimProvider(this, "provider", { ...agent, environment, sources: canonicalJson(sources), folder });
    release.add("settings", { delivery });
  }
}
