import { Construct } from "constructs";
import type { Connector } from "../model/environment/connector.ts";
import type { HgscimRelease } from "./hgscim-release.ts";

/** The link to one identity provider: authentication, scope, mapping, groups. */
export class ScimConnector extends Construct {
  constructor(release: HgscimRelease, name: string, connector: Connector) {
    super(release, `connector-${name}`);
    release.add("connectors", { [name]: connector });
  }
}
