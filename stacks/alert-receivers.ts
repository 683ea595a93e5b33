import { Construct } from "constructs";
import type { Release } from "../model/release.ts";
import type { HgscimRelease } from "./hgscim-release.ts";

/** Who is told when something happens that a person must know. */
export class AlertReceivers extends Construct {
  constructor(release: HgscimRelease, id: string, alerts: NonNullable<Release["settings"]["alerts"]>) {
    super(release, id);
    release.add("settings", { alerts });
  }
}
