/** The agent on a folder that stays, with the release of `environments/local.yaml` from the first start on. */
import { join } from "node:path";
import { startAgent } from "../agent.mjs";
import { built } from "../measure.mjs";

const [token, scimToken] = ["a".repeat(48), "b".repeat(48)];

/** @returns what `Connection.open` takes, the process, and the path of the access file */
export async function startAgentOn(folder, isNew) {
  const listener = { listen: "127.0.0.1:0", tls: "off" };
  const agent = await startAgent(folder, { token, scimToken, scim: listener, admin: listener });
  if (isNew) {
    const { loadEnvironment } = await built("model/load.js");
    const { adminClient } = await built("api/client.js");
    const loaded = await loadEnvironment("environments/local.yaml");
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
    const client = adminClient({ url: agent.admin, token });
    const activated = await client.activate({ release: loaded.value.release, origin: {} }, null);
    if (!activated.ok) throw new Error(JSON.stringify(activated.error));
  }
  return {
    base: `${agent.scim}/scim/okta/v2`,
    token: scimToken,
    process: agent.process,
    accessFile: join(folder, "access", "access.db"),
  };
}
