/** The provider `hgscim`: which agent to talk to, its one resource, and what that does to people as data. */
import type { Sources } from "../model/load.ts";
import { positionOf, withPosition } from "../report/positions.ts";
import { paragraphs } from "../report/words.ts";
import { type Agent, askingOnce } from "./agent.ts";
import { impactSource, verdictSource } from "./impact.ts";
import { isWhollyKnown, type Provider, type Schema } from "./plugin/index.ts";
import { releaseResource } from "./release.ts";

const schema = {
  attributes: {
    environment: {
      type: "string",
      required: true,
      description: "The environment whose release is managed.",
    },
    url: { type: "string", required: true, description: "The agent's admin address." },
    token: {
      type: "string",
      required: true,
      description: "The reference to the admin token, never its value.",
    },
    ca: { type: "string", optional: true, description: "The reference to the certificate authority, PEM." },
    // here and not at the resource: never in the state, so that moving a line is no change
    sources: {
      type: "string",
      optional: true,
      description: "Where in the YAML each entry of the release stands: a map in JSON.",
    },
    folder: {
      type: "string",
      optional: true,
      description: "The folder of the environment's file, whose revision the history names.",
    },
  },
} as const satisfies Schema;

export const hgscim: Provider<typeof schema, Agent> = {
  schema,

  async configure(config) {
    if (!isWhollyKnown(config)) throw new Error("its configuration is not known yet (expected plain text)");
    const sources = JSON.parse(config.sources ?? "{}") as Sources;
    if (!URL.canParse(config.url)) throw new Error("url is not a URL (expected https://host:port)");
    const { environment, url, token, ca } = config;
    // not at the top: terraform starts the provider several times without configuring it
    const { connectAgent } = await import("./connect.ts");
    const connected = await connectAgent({ url, token, ca: ca ?? undefined }, environment);
    const folder = config.folder ?? ".";
    if (connected.ok)
      return { client: { environment, client: askingOnce(connected.value), sources, folder } };
    const { part, reason, advice } = connected.error;
    const told = withPosition(reason, positionOf(sources, "settings", `delivery.agent.${part}`));
    throw new Error(paragraphs([told], advice));
  },

  resources: { hgscim_release: releaseResource },
  dataSources: { hgscim_impact: impactSource, hgscim_verdict: verdictSource },
};
