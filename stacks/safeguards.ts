import { Construct } from "constructs";
import type { Release } from "../model/release.ts";
import type { HgscimRelease } from "./hgscim-release.ts";

export type SafeguardsConfig = Pick<Release["settings"], "bounds" | "promote">;

/** What a release must pass before it becomes active: its bounds, and the gate of its promotion. */
export class Safeguards extends Construct {
  constructor(release: HgscimRelease, id: string, { bounds, promote }: SafeguardsConfig) {
    super(release, id);
    release.add("settings", { ...(bounds && { bounds }), ...(promote && { promote }) });
  }
}
