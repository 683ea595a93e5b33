/** A rotation in words: its slots as rows, and where it stands as a sentence. */
import type { RefusedRequests, Slot, SlotList } from "../../api/slots.ts";
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
      return list.slots.some(({ problem }) => problem !== null)
        ? "Neither slot has a value, and the connector goes on with what was there until the agent starts again: put that into one of them."
        : "Neither slot has a value: put one into one of them.";
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

/** The same in one short line, for whoever watches it change. */
export function briefStanding(list: SlotList, standing: RotationStanding): string {
  const { now, refused } = list;
  const parts: string[] = [];
  if (standing.step === "unswitched" || standing.step === "quiet") {
    const { old, fresh } = standing;
    parts.push(`new: ${fresh.lastUsed ? ago(fresh.lastUsed.at, now) : "not used yet"}`);
    parts.push(`old: ${old.lastUsed ? used(old.lastUsed, now) : "not used"}`);
    if (standing.step === "quiet") parts.push(`withdrawn in ${describeDuration(standing.left)}`);
  } else parts.push(describeStanding(list, standing));
  const [first] = refused;
  if (first) parts.push(`${counted(first.requests)} refused, ${ago(first.last.at, now)}`);
  return parts.join("; ");
}

const refusedWith: Readonly<Record<RefusedRequests["kind"], string>> = {
  unknown: "an unknown token",
  former: "a token of before or of another connector",
  ended: "a value that is past its lifetime",
};

/** Who came lately with what lets nobody in: of each kind a sentence, and what to do where that is the provider. */
export function describeRefused({ refused, slots, now }: SlotList, standing: RotationStanding): string[] {
  return refused.map(({ kind, requests, within, last }) => {
    const told = `${counted(requests)} with ${refusedWith[kind]} ${requests === 1 ? "was" : "were"} refused in the last ${describeDuration(within)}, the last one ${used(last, now)}.`;
    // somebody who was let in after that is the provider
    const isOver = slots.some(({ lastUsed }) => lastUsed !== null && lastUsed.at > last.at);
    const cure = isOver ? undefined : cureOf(kind, standing);
    return cure === undefined ? told : `${told} Where that is the provider, ${cure}.`;
  });
}

function cureOf(kind: RefusedRequests["kind"], { step }: RotationStanding): string | undefined {
  if (step === "rest")
    return kind === "unknown"
      ? "it was switched already: give the value that it has, by --value-from <file>"
      : "enter the present value there";
  if (step !== "unswitched" && step !== "ready") return undefined;
  return kind === "unknown"
    ? "the new value was not entered as it is: enter it once more"
    : "enter the new value there";
}

function counted(requests: number): string {
  return requests === 1 ? "1 request" : `${requests} requests`;
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
  const { secret, connector, quiet, now, slots, refused } = list;
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
    refused: refused.map(({ kind, requests, within, last }) => ({
      ...{ kind, requests, withinSeconds: Math.ceil(within / 1_000) },
      last: { at: isoTime(last.at), from: last.from },
    })),
  };
}

function time(at: Time | null): string | null {
  return at === null ? null : isoTime(at);
}
