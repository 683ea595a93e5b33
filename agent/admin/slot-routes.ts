/** The places of a secret that is rotated: `POST /v1/slots`, and `POST /v1/slots/look` for what is there by now. */
import { readRequest } from "../../api/request.ts";
import { SlotsRequest } from "../../api/slots.ts";
import { hint } from "../../model/nearest.ts";
import { listed } from "../../report/words.ts";
import type { SecretWatch } from "../operations/secret-watch.ts";
import type { Slots } from "../operations/slots.ts";
import { refuseFor } from "./refusal.ts";
import type { AddRoute } from "./route.ts";

/** Adds the routes. To have stores asked anew is for those who deploy, as a deploy does it. */
export function slotRoutes(
  route: AddRoute,
  { slots, watch }: { readonly slots: Slots; readonly watch: Pick<SecretWatch, "look"> },
): void {
  const answer =
    (isLook: boolean): Parameters<AddRoute>[3] =>
    async (request, reply) => {
      const body = readRequest(SlotsRequest, String(request.body ?? ""));
      if (!body.ok) return refuseFor(reply, "invalidRequest", "not a secret and a key", body.error);
      const { secret, key } = body.value;
      const known = Object.keys(slots.secrets ?? {});
      const since = isLook ? slots.moment() : undefined;
      if (isLook && known.includes(secret)) await watch.look();
      // another release may have come meanwhile
      const found = await slots.of(secret, Buffer.from(key, "hex"), since);
      if (found) return found;
      return slots.secrets
        ? refuseFor(
            reply,
            "notThere",
            `the active release has no secret ${JSON.stringify(secret.slice(0, 100))} ${hint(known.length === 0 ? "none: it has none" : `one of ${listed(known)}`, secret, known)}`,
          )
        : refuseFor(reply, "noRelease", "no release is active");
    };
  route("POST", "/slots", "reader", answer(false));
  route("POST", "/slots/look", "deployer", answer(true));
}
