/**
 * Writes that may only take away: their token has ended by one of two clocks, while nobody knows which of them is right; it was
 * withdrawn while its request waited; it may have been replaced, while a secret is missing; the disk is full; too many writes of the
 * connector failed; or it was held in a copy of the store from before. What takes access away is done, since
 * somebody may have to leave, and nothing else.
 */
import { subjectName } from "../../model/environment/subject.ts";
import { foldName } from "../../model/name.ts";
import type { Program } from "../../policy/program.ts";
import { subjectOfGroup } from "../../policy/twin.ts";
import type { Operation, ResourceOperation } from "./operation.ts";
import { type Outcome, type Refused, refused } from "./outcome.ts";

/** What a write that was tried as a whole comes to: only who leaves for good leaves by it, and what changes nothing is done. */
export function wholeByLimited(
  operation: Operation,
  program: Program | undefined,
  outcome: Outcome,
): Outcome {
  if (!isLimited(operation)) return outcome;
  // what else is wrong with it is said when it counts again
  if (operation.takesAwayOnly === "quarantined" && outcome.kind !== "done" && operation.verb !== "delete")
    return refusals.quarantined;
  if (outcome.kind !== "done" || outcome.effect.of === "nothing") return outcome;
  return operation.verb === "delete"
    ? takenByLimited(operation, program, outcome)
    : refusals[operation.takesAwayOnly];
}

/** What comes of what a write takes away. Who leaves a group by which something is denied may get something by that. */
export function takenByLimited<T extends Outcome | undefined>(
  operation: Operation,
  program: Program | undefined,
  outcome: T,
): T | Refused {
  return isLimited(operation) && mayGive(operation.connector, program, outcome)
    ? refusals[operation.takesAwayOnly]
    : outcome;
}

/** Whether what takes a membership away may give access, since something is denied to the group. */
export function mayGive(
  connector: string,
  program: Program | undefined,
  outcome: Outcome | undefined,
): boolean {
  if (outcome?.kind !== "done" || !program) return false;
  const { effect } = outcome;
  const isGroup = effect.of === "group" || effect.of === "deleted group";
  return isGroup && denies(program, connector, effect.name);
}

type Reason = NonNullable<ResourceOperation["takesAwayOnly"]>;
type Limited = ResourceOperation & { readonly takesAwayOnly: Reason };

function isLimited(operation: Operation): operation is Limited {
  return "takesAwayOnly" in operation && operation.takesAwayOnly !== undefined;
}

/** Only what takes access away is stored: nothing that is made beside it is either. */
export const diskFull = refused(
  "diskFull",
  "hardly any room is left on the agent's disk, and until there is, only what takes access away is done (expected 64 MiB at least)",
);

const refusals: Readonly<Record<Reason, Refused>> = {
  tokenInDoubt: refused(
    "tokenInDoubt",
    "the agent's clock is in doubt, and by the later time the token has ended: it only takes access away (expected the clock to be mended, see hgscim agent clock, or a new token)",
  ),
  secretMissing: refused(
    "secretMissing",
    "a token of the connector cannot be had on the agent's host now, and the one that came may have been replaced: it only takes access away (expected the secret to be there again, see the agent's log)",
  ),
  addressMoved: refused(
    "addressMoved",
    "the connector has another address by now, and at this one it only takes access away (expected the address of the active release)",
  ),
  diskFull,
  quarantined: refused(
    "quarantined",
    "too many writes of the connector failed, and until it is tried again it only takes access away (see hgscim failures and hgscim quarantine)",
  ),
  storeRestored: refused(
    "storeRestored",
    "it was held in a copy of the store from before, and what it gives may have been taken back since: it only takes access away (expected the rest to be sent again)",
  ),
  tokenWithdrawn: refused(
    "tokenWithdrawn",
    "the token is not valid any more: while the request waited, another release became active, or the token's lifetime ended (expected the token that is valid now)",
  ),
};

function denies({ release, groups }: Program, connector: string, displayName: string): boolean {
  const key = subjectOfGroup(groups, { connector, name: foldName(displayName), isTwin: false });
  return Object.values(release.permissions).some(({ deny }) =>
    [...deny.read, ...deny.write].some((subject) => subjectName(subject) === key),
  );
}
