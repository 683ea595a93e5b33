/** The place of each kind of reference, for whoever writes there. */
import { pointerOf, type SecretReference } from "../../model/reference.ts";
import { fail, type Result } from "../../model/result.ts";
import { filePlace } from "./file-place.ts";
import type { SlotPlace, Unwritten } from "./slot-place.ts";
import { vaultPlace } from "./vault-place.ts";

interface PlaceSurroundings {
  /** Of the other slot: a new file is as that one is. */
  readonly beside: SecretReference | undefined;
  /** How the command is called on the agent's host. */
  readonly onHost: string;
}

/** The place of a reference; failing for one that nobody can write from here. */
export function slotPlace(
  reference: SecretReference,
  { beside, onHost }: PlaceSurroundings,
): Result<SlotPlace, Unwritten> {
  const pointer = pointerOf(reference);
  if (!pointer.ok) return fail({ reason: pointer.error, advice: [] });
  switch (pointer.value.kind) {
    case "file":
      return filePlace(pointer.value.path, beside, onHost);
    case "vault":
      return vaultPlace(pointer.value);
    case "env":
      return fail({
        reason: `${reference} is the environment of the agent's process, which nobody writes from here`,
        advice: [
          `Put the new value into ${pointer.value.name} of the agent's unit (openssl rand -hex 32 makes one), and restart it.`,
        ],
        byHand: true,
      });
    case "exec":
      return fail({
        reason: `${reference} is printed by a helper, which nobody writes from here`,
        advice: [
          `Put the new value where the helper ${pointer.value.helper} reads it (openssl rand -hex 32 makes one).`,
        ],
        byHand: true,
      });
  }
}
