import { TerraformProvider } from "cdktf";
import type { Construct } from "constructs";
import { version } from "../model/package.ts";
import { literal } from "./literal.ts";

/** Where terraform looks for the provider. Nobody can register this host, so no stranger's provider takes its place. */
export const providerSource = "hgscim.internal/hgscim/hgscim";

export interface HgscimProviderConfig {
  /** The environment that the stack is of. */
  readonly environment: string;
  /** The agent's admin address. */
  readonly url: string;
  /** The reference to the admin token, never its value. */
  readonly token: string;
  /** The reference to the certificate authority. */
  readonly ca?: string | undefined;
  /**
   * Where each entry stands in the YAML, a map in JSON. It belongs here and not to the resource: so it is in no state,
   * and moving a line is no change.
   */
  readonly sources: string;
  /** The folder of the environment's file, as seen from the stack's. */
  readonly folder: string;
}

/** The provider block `hgscim`: which agent gets the release. */
export class HgscimProvider extends TerraformProvider {
  readonly #config: HgscimProviderConfig;

  constructor(scope: Construct, id: string, config: HgscimProviderConfig) {
    super(scope, id, {
      terraformResourceType: "hgscim",
      terraformProviderSource: providerSource,
      terraformGeneratorMetadata: { providerName: "hgscim", providerVersion: version },
    });
    this.#config = config;
  }

  protected override synthesizeAttributes(): { [name: string]: unknown } {
    const { environment, url, token, ca, sources, folder } = this.#config;
    return {
      environment,
      url: literal(url),
      token: literal(token),
      ca: ca === undefined ? undefined : literal(ca),
      sources: literal(sources),
      folder: literal(folder),
    };
  }
}
