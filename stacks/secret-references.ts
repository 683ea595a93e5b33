import { Construct } from "constructs";
import type { Release } from "../model/release.ts";
import type { HgscimRelease } from "./hgscim-release.ts";

/** Pointers to secrets, by name. Their values are resolved by the agent and never come here. */
export class SecretReferences extends Construct {
  constructor(release: HgscimRelease, id: string, secrets: Release["secrets"]) {
    super(release, id);
    release.add("secrets", secrets);
  }
}
