/** A rotation in words: its slots as rows, and where it stands as a sentence. */
import type { Slot, SlotList } from "../../api/slots.ts";
import type { TokenUse } from "../../api/token-use.ts";
import type { Time } from "../../model/time.ts";
import { describeDuration } from "../duration.ts";
import { isoTime } from "../time.ts";
import { type RotationStanding, standingOf } from "./standing.ts";

/** The slots as rows, the names of the columns first. */
export function slotRows(list: SlotList): string[][] {
  const standing = standingOf(list);
  const { slots, now } = list;
  return [
    ["slot", "reference", "value", "known since", "last used", "from", "ends"],
    ...slots.map((slot, index) => [
      String(index + 1),
      slot.reference,
      nameOfValue(slot, standing),
      slot.since === null ? "" : isoTime(slot.since),
      slot.lastUsed ? `${ago(slot.lastUsed.at, now)}` : "",
      slot.lastUsed?.from ?? "",
      slot.expires === null ? "" : isoTime(slot.expires),
    ]),
  ];
}

function nameOfValue(slot: Slot, standing: RotationStanding): string {
  if (slot.state !== "filled") return slot.state;
  if ("old" in standing) return slot === standing.old ? "old" : "new";
  return "present";
}

/** Where it stands, in sentences. */
export function describeStanding(list: SlotList, standing: RotationStanding): string {
  const { now, quiet, connector } = list;
  switch (standing.step) {
    case "nothing":
      return "Neither slot has a value: put one into one of them.";
    case "rest": {
      const { filled, free } = standing;
      const other = free.some(({ state }) => state === "empty")
        ? "the other slot waits for the next one"
        : "both slots hold it";
      return `At rest: there is one value${filled.since === null ? "" : `, known since ${isoTime(filled.since)}`}, and ${other}.`;
    }
    case "unread":
      return `${standing.slot.reference}: ${withoutReference(standing.problem, standing.slot)}: nothing is done before the agent can read it.`;
    case "spoiled":
      return `${standing.slot.reference}: ${withoutReference(standing.problem, standing.slot)}, and no slot holds a value that lets anybody in: the connector goes on with what it had, until the agent starts again.`;
    case "unusable":
      return `${standing.fresh.reference}: ${standing.problem}: the connector goes on with what it had.`;
    case "unswitched": {
      const { old, fresh } = standing;
      const came = fresh.lastUsed
        ? `The new value was used ${used(fresh.lastUsed, now)}, and the old one after that`
        : "The new value is let in, and nobody has come with it yet";
      return `${came}: enter it at the identity provider of connector ${connector}. ${oldUse(old, now)}.`;
    }
    case "quiet": {
      const { old, fresh, left } = standing;
      return `The new value is in use${fresh.lastUsed ? `, ${used(fresh.lastUsed, now)}` : ""}. ${oldUse(old, now)}: it is withdrawn when nobody has come with it for ${quiet}, in ${describeDuration(left)} at the earliest.`;
    }
    case "ready":
      return standing.old.isLetIn
        ? `The new value is in use, and nobody has come with the old one for ${quiet}.`
        : "The lifetime of the old value is over.";
  }
}

/** `The old one was last used 3 min ago from 203.0.113.9`. */
function oldUse({ lastUsed, unusedFor }: Slot, now: Time): string {
  if (!lastUsed)
    return `The old one was not used in the ${describeDuration(unusedFor)} that the agent has seen`;
  const span = now - lastUsed.at;
  // what came while the agent was away, nobody has seen
  const since = unusedFor < span - 1_000 ? `, and the agent started ${describeDuration(unusedFor)} ago` : "";
  return `The old one was last used ${used(lastUsed, now)}${since}`;
}

function used({ at, from }: TokenUse, now: Time): string {
  return `${ago(at, now)} from ${from}`;
}

function ago(at: Time, now: Time): string {
  return `${describeDuration(now - at)} ago`;
}

function withoutReference(problem: string, { reference }: Slot): string {
  return problem.replace(`${reference}: `, "");
}

/** All of it for machines; no value is in it, nor a hash of one. */
export function rotationReport(
  environment: string,
  list: SlotList,
  outcome: { done: boolean; reason: string },
) {
  const { secret, connector, quiet, now, slots } = list;
  const standing = standingOf(list);
  return {
    ...{ environment, secret, connector, quiet, ...outcome, step: standing.step },
    ...("left" in standing && { secondsLeft: Math.ceil(standing.left / 1_000) }),
    slots: slots.map((slot) => ({
      ...{ reference: slot.reference, value: nameOfValue(slot, standing), problem: slot.problem },
      ...{ isLetIn: slot.isLetIn, since: time(slot.since), ends: time(slot.expires) },
      lastUsed: slot.lastUsed && { at: isoTime(slot.lastUsed.at), from: slot.lastUsed.from },
      lastUsedSecondsAgo: slot.lastUsed && Math.floor((now - slot.lastUsed.at) / 1_000),
    })),
  };
}

function time(at: Time | null): string | null {
  return at === null ? null : isoTime(at);
}
