/** The place of each kind of reference, for whoever writes there. */
import { pointerOf, type SecretReference } from "../../model/reference.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { byHand } from "./by-hand.ts";
import { filePlace, type TriedPlace } from "./file-place.ts";
import type { Unwritten } from "./slot-place.ts";
import { vaultPlace } from "./vault-place.ts";

interface PlaceSurroundings {
  /** Of the other slot: a new file is as that one is. */
  readonly beside: SecretReference | undefined;
  /** Lines: how the command is called on the agent's host. */
  readonly onHost: readonly string[];
}

/** The place of a reference; failing for one that nobody can read from here. */
export function slotPlace(
  reference: SecretReference,
  { beside, onHost }: PlaceSurroundings,
): Result<TriedPlace, Unwritten> {
  const pointer = pointerOf(reference);
  if (!pointer.ok) return fail({ reason: pointer.error, advice: [] });
  const hand = byHand(reference);
  const unwritten = hand && fail({ reason: hand.reason, advice: [], byHand: true as const });
  switch (pointer.value.kind) {
    case "file": {
      const place = filePlace(pointer.value.path, beside, onHost);
      return ok(unwritten ? { ...place, tried: async () => unwritten, write: async () => unwritten } : place);
    }
    case "vault": {
      const place = vaultPlace(pointer.value);
      return place.ok ? ok({ ...place.value, tried: async () => ok(null) }) : place;
    }
    default:
      return unwritten ?? fail({ reason: `${reference} is read by the agent alone`, advice: [] });
  }
}
