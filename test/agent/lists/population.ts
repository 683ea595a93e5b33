/** A store with users and groups of two connectors, and lists of it without HTTP. */

import { writeUserKeys } from "../../../agent/directory/user-keys.ts";
import type { ConnectorRuntime } from "../../../agent/releases/runtime.ts";
import type { Query } from "../../../agent/scim/call.ts";
import { LargeGroups } from "../../../agent/scim/large-group.ts";
import { list } from "../../../agent/scim/list.ts";
import { answerOf } from "../../../agent/scim/refusal.ts";
import { groups, users } from "../../../agent/scim/resources.ts";
import type { Store } from "../../../agent/store/schema.ts";
import { canonicalJson } from "../../../model/canonical.ts";
import { foldName } from "../../../model/name.ts";
import { connectorTypes } from "../../../model/scim/connector-types.ts";
import type { JsonObject } from "../../../scim/json.ts";

/** What lists need of a connector. */
export function connectorOf(name: string, pageSize = 100): ConnectorRuntime {
  return {
    name,
    environment: "local",
    pageSize,
    types: connectorTypes({}),
    endpoint: `https://scim.example.com/${name}`,
    path: `/${name}`,
    credentials: { kind: "bearer", tokens: [] },
    allow: ["users", "groups"],
    rateLimit: undefined,
  };
}

/** A list's body; throws what the agent would refuse. */
export async function listOf(
  store: Store,
  kind: "user" | "group",
  query: Query,
  connector = connectorOf("okta"),
): Promise<{ totalResults: number; nextCursor?: string; Resources: JsonObject[] }> {
  const reading = { reads: store, largeGroups: new LargeGroups(store) };
  const answer =
    kind === "user"
      ? await list(users, reading, { connector, query })
      : await list(groups, reading, { connector, query });
  if (!answer.ok) throw new Error(`${answerOf(answer.error).scimType}: ${answer.error.detail}`);
  const { body, pieces = [] } = answer.value;
  return (body ?? JSON.parse(Buffer.concat(pieces).toString())) as {
    totalResults: number;
    Resources: JsonObject[];
  };
}

/** Adds a user; times are milliseconds since 1970. */
export async function addUser(
  store: Store,
  connector: string,
  id: string,
  user: JsonObject & { userName: string },
  times: { readonly created: number; readonly modified: number } = { created: 0, modified: 0 },
): Promise<void> {
  const resource = canonicalJson({ active: true, ...user });
  await store
    .insertInto("users")
    .values({
      ...{ id, connector, resource, account: null, version: 1, ...times },
      user_name: foldName(user.userName),
      external_id: typeof user.externalId === "string" ? user.externalId : null,
    })
    .execute();
  await writeUserKeys(store, id, undefined, resource);
}

/** Adds a group with these users in it. */
export async function addGroup(
  store: Store,
  connector: string,
  id: string,
  group: JsonObject & { displayName: string },
  members: readonly string[],
): Promise<void> {
  await store
    .insertInto("groups")
    .values({
      ...{ id, roster: id, connector, resource: canonicalJson(group), created: 0, modified: 0, version: 1 },
      display_name: foldName(group.displayName),
      external_id: typeof group.externalId === "string" ? group.externalId : null,
    })
    .execute();
  for (const user_id of members) await store.insertInto("members").values({ roster: id, user_id }).execute();
}
