/** What is sent without a row, while there is no room for one. */
import type { Release } from "../../model/release.ts";
import type { Time } from "../../model/time.ts";
import type { Letter } from "./deliveries.ts";
import type { AlertEvent } from "./event.ts";
import { newId } from "./outbox.ts";
import { payloadOf } from "./payload.ts";
import { answeringFor, backoffFor, matterOf, routesOf } from "./routing.ts";

/** The letters of events, one for each receiver of each. */
export function lettersOf(release: Release, events: readonly AlertEvent[], at: Time): Letter[] {
  return events.flatMap((event) => {
    const { connector = null, rule = null, destination = null } = event;
    const routed = { ...event, connector, rule, destination };
    const matter = matterOf(routed);
    const owner = answeringFor(release, { owner: event.owner ?? null, connector });
    return routesOf(release, routed).map((route): Letter => {
      const { environment } = release;
      const body = JSON.stringify(
        payloadOf({ ...event, owner, environment, matter, at, names: route.names }),
      );
      const retry = backoffFor(release, connector);
      return { id: newId(), destination: route.destination, matter, body, attempts: 0, retry };
    });
  });
}
