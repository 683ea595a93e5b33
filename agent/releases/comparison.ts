/** The access file beside what the store says it must hold, and what whoever is asked about access must answer: at one moment of both. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { constants, copyFileSync } from "node:fs";
import type { MessagePort } from "node:worker_threads";
import { type Sampled, type SampledPeople, sampleAccess } from "../../policy/samples.ts";
import { Directory } from "../directory/directory.ts";
import { compareAccess } from "../mercurial/compare.ts";
import type { AccessSnapshot } from "../mercurial/snapshot-rows.ts";
import { accessSnapshot } from "./access-snapshot.ts";
import type { AccessComparison } from "./compared.ts";
import type { Setting } from "./evaluator.ts";
import { knownRepositories } from "./known-repositories.ts";
import type { Surroundings } from "./surroundings.ts";

/** What is true at that moment. */
export interface MomentOfRest extends Pick<Setting, "active" | "now" | "clock"> {
  /** The access file. */
  readonly access: string;
  /** Where its copy from that moment is made. */
  readonly copy: string;
  /** Whether it must refuse everything. */
  readonly isShut: boolean;
}

/**
 * The side of a thread: says that it is ready, and waits until nobody writes.
 *
 * @returns what is true then; and what is done when the moment of the store has begun: it copies the file, and says so, and writes go on
 */
export async function ready(
  port: MessagePort,
): Promise<{ readonly rest: MomentOfRest; readonly begun: () => void }> {
  const closed = new AbortController();
  port.once("close", () => closed.abort(new Error("nobody wants the comparison any more")));
  port.postMessage("ready");
  const [rest] = (await once(port, "message", { signal: closed.signal })) as [MomentOfRest];
  return {
    rest,
    begun() {
      copyFileSync(rest.access, rest.copy, constants.COPYFILE_FICLONE);
      port.postMessage("begun");
    },
  };
}

/** So many questions are asked at most: Python answers some in a millisecond. */
const mostQuestions = 5_000;

/** Compares at the moment of a store. */
export async function comparisonOf(
  { store, active, host, now }: Surroundings,
  { copy, isShut }: Pick<MomentOfRest, "copy" | "isShut">,
): Promise<AccessComparison> {
  const snapshot = await accessSnapshot(new Directory(store), active, now);
  const { environment } = host;
  const differences = compareAccess(copy, { ...snapshot, environment, now, isShut });
  const listed = await knownRepositories(store, host);
  const repositories = listed.ok ? listed.value.all : [];
  const permissions = active ? snapshot.permissions : {};
  // of a file that is shut nothing is answered
  const sample = isShut
    ? { questions: [], isCut: false }
    : sampleAccess({ permissions }, peopleOf(snapshot), repositories, { now, most: mostQuestions });
  return { differences, ...sample, ...(!listed.ok && { unlisted: listed.error }) };
}

/** Everybody who is let in, by what rules may call them; and of those who are not, one of each sort. */
function peopleOf({ accounts, suspended }: AccessSnapshot): SampledPeople {
  const letIn: Sampled[] = [];
  const strangers = new Map([["unknown", `nobody-${randomUUID()}`]]);
  for (const { account, active, user, groups } of accounts) {
    const isSuspended = suspended.has(user ?? "");
    if (active && !isSuspended) letIn.push({ account, subjects: [account, ...groups] });
    else strangers.set(isSuspended ? "suspended" : "inactive", account);
  }
  return { letIn, strangers: [...strangers.values()] };
}
