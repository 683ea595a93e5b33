/** What the access file is made to hold where it is made whole. */
import type { FastifyBaseLogger } from "fastify";
import { Directory } from "../directory/directory.ts";
import type { AccessFile, PreparedAccess } from "../mercurial/access-file.ts";
import { accessSnapshot } from "../releases/access-snapshot.ts";
import type { Surroundings } from "../releases/surroundings.ts";
import { newestAudit } from "../store/audit-end.ts";

/**
 * Puts all that the store says into the access file; where no release can be trusted, what it takes away alone. Where another
 * file is there then, nobody has access: what that one gives is not known to be right.
 */
export async function fill(
  access: AccessFile,
  { store, active, removals, now }: Surroundings,
  log: FastifyBaseLogger,
  { isReplaced, isShut }: { readonly isReplaced: boolean; readonly isShut: boolean },
): Promise<PreparedAccess> {
  const directory = new Directory(store);
  const { notRun, trustsFile } = removals ?? {};
  // of a store from before nothing was acknowledged yet that a newer copy of it would lack
  const audit = notRun?.why.restored ? 0 : await newestAudit(store);
  if (removals && notRun && trustsFile && !isReplaced)
    return access.prepare(await removals.leavers(directory), audit);
  if (notRun) log.error("nobody has access until a release is activated");
  return access.prepareSnapshot({ ...(await accessSnapshot(directory, active, now)), isShut }, audit);
}
