/** Names that are another's too, from before names compared as they do now: nobody can come to have one any more. */
import type { FastifyBaseLogger } from "fastify";
import type { TwinList } from "../../api/contract.ts";
import { spelt } from "../../model/name.ts";
import { dialectOf } from "../store/dialect.ts";
import type { Store } from "../store/schema.ts";

/** All of them: users first, each kind in the order in which they came. A group is one until it is written alone. */
export async function twinsOf(store: Store): Promise<TwinList["twins"]> {
  const { textIn } = dialectOf(store);
  const users = await store
    .selectFrom("users")
    .select(["connector", "id", "user_name as of", textIn("users.resource", "userName").as("name")])
    .where("twin", "!=", 0)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom("users as other")
          .select("other.id")
          .whereRef("other.connector", "=", "users.connector")
          .whereRef("other.user_name", "=", "users.user_name")
          .whereRef("other.id", "!=", "users.id"),
      ),
    )
    .orderBy("sequence")
    .execute();
  const groups = await store
    .selectFrom("groups")
    .select(["connector", "id", "display_name as of", textIn("groups.resource", "displayName").as("name")])
    .where("twin", "!=", 0)
    .orderBy("sequence")
    .execute();
  return [
    ...users.map((user) => ({ kind: "user" as const, ...user })),
    ...groups.map((group) => ({ kind: "group" as const, ...group })),
  ];
}

/** The most that a start tells of. */
const mostTold = 20;

/** Tells whoever starts an agent, since the identity provider tells nobody. */
export async function warnOfTwins(log: FastifyBaseLogger, store: Store): Promise<void> {
  const twins = await twinsOf(store);
  for (const { kind, connector, id, name, of } of twins.slice(0, mostTold))
    log.warn(
      { connector, id },
      `${kind} ${spelt(name)} of connector ${connector} was stored beside another one that compares as it does, ${spelt(of)}: ${
        kind === "group"
          ? "nobody gets anything by it, and it counts where that group is denied"
          : "it stays as it is"
      }; rename or delete one of them at the identity provider`,
    );
  if (twins.length > mostTold)
    log.warn(`${twins.length} names compare as others do: GET /v1/twins has all of them`);
}
