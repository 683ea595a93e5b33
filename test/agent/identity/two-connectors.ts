/** Two connectors that speak of the same accounts, okta before twin, and what tests ask of them. */

import { twinWith } from "../authentication/twin.ts";
import { type Harness, type ReleaseShape, startHarness } from "../harness.ts";
import { send } from "../request.ts";

const variable = "SCIM_TEST_SECOND_CONNECTOR";
const token = "the-token-of-the-second-connector";

export type ConnectorName = "okta" | "twin";

export interface TwoConnectors {
  readonly h: Harness;
  readonly release: (edit?: (draft: ReleaseShape) => void) => ReturnType<Harness["release"]>;
  readonly scim: (
    connector: ConnectorName,
    method: string,
    path: string,
    body?: object,
  ) => ReturnType<Harness["scim"]>;
  /** Who has each account by the access file, `account connector`; it is compared with what the release makes of the store. */
  readonly having: () => Promise<string[]>;
  readonly stop: () => Promise<void>;
}

export async function twoConnectors(): Promise<TwoConnectors> {
  process.env[variable] = token;
  const h = await startHarness(["core/api"]);
  const scim: TwoConnectors["scim"] = async (connector, method, path, body) => {
    if (connector === "okta") return h.scim(method, path, body);
    const { text, ...reply } = await send(`${h.agent.scim}/scim/twin/v2${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/scim+json" },
      body: body && JSON.stringify(body),
      ca: h.ca,
    });
    return { ...reply, body: text === "" ? null : JSON.parse(text) };
  };
  return {
    h,
    scim,
    release: (edit = () => {}) =>
      h.release((draft) => {
        twinWith(draft, [`ref+env://${variable}`]);
        draft.connectors.okta.precedence = 1;
        draft.connectors.twin.precedence = 2;
        draft.settings.bounds = { lose: "100%", above: 1_000, protected: [] };
        edit(draft);
      }),
    async having() {
      const { accounts } = (await h.admin("GET", "/access")).body;
      const { accounts: rows = [] } = h.accessFile();
      const named = accounts.map(({ account }: { account: string }) => account);
      const inFile = rows.map(String).flatMap((row) => (row.endsWith(",1") ? row.slice(0, -2) : []));
      if (JSON.stringify(inFile) !== JSON.stringify(named))
        throw new Error(`the file has ${inFile}, and the release makes ${named}`);
      return accounts.map(({ account, connector }: Record<string, string>) => `${account} ${connector}`);
    },
    async stop() {
      delete process.env[variable];
      await h.stop();
    },
  };
}
