/** A second connector with fixed tokens, beside the one of the environment. */
import type { ReleaseShape } from "../harness.ts";

/** Adds the connector twin, whose tokens are those of an entry of the secrets. */
export function twinOf(secret: string) {
  return (draft: ReleaseShape): void => {
    draft.variables.SCIM_TWIN_URL = { type: "url", value: "https://127.0.0.1:7480/scim/twin/v2" };
    draft.variables.SCIM_TWIN_TOKEN = { type: "secret", secret };
    draft.connectors.twin = {
      ...structuredClone(draft.connectors.okta),
      endpoint: { var: "SCIM_TWIN_URL" },
      auth: { ...draft.connectors.okta.auth, bearer: { var: "SCIM_TWIN_TOKEN" } },
      groups: [],
    };
  };
}

/** Adds it with an entry of its own, which has these references. */
export function twinWith(draft: ReleaseShape, refs: readonly string[]): void {
  draft.secrets["twin-token"] = { ...structuredClone(draft.secrets["okta-token"]), refs };
  twinOf("twin-token")(draft);
}
