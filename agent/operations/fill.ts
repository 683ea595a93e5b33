/** All of the access file, as it is made equal to the store. */
import type { FastifyBaseLogger } from "fastify";
import type { Time } from "../../model/time.ts";
import { Directory } from "../directory/directory.ts";
import type { AccessFile, PreparedAccess } from "../mercurial/access-file.ts";
import { accessSnapshot } from "../releases/access-snapshot.ts";
import type { Serving } from "../releases/serving.ts";
import type { Store } from "../store/schema.ts";
import { newestAudit } from "./audit.ts";

export interface FillParts {
  readonly store: Store;
  readonly access: AccessFile;
  readonly log: FastifyBaseLogger;
  readonly now: Time;
}

/**
 * Puts all that the store says into the access file; where no release can be trusted, what it takes away alone.
 *
 * @param isReplaced whether another file is there: then nobody has access, for what that one gives is not known to be right
 */
export async function fillAccess(
  { store, access, log, now }: FillParts,
  { active, removals }: Serving,
  isReplaced: boolean,
): Promise<PreparedAccess> {
  const directory = new Directory(store);
  const audit = await newestAudit(store);
  if (removals?.notRun && removals.trustsFile && !isReplaced)
    return access.prepare(await removals.leavers(directory), audit);
  if (removals?.notRun) log.error("nobody has access until a release is activated");
  return access.prepareSnapshot(await accessSnapshot(directory, active, now), audit);
}
