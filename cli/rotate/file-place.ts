/** A slot that is a file of the agent's host: written beside and renamed, as open as what is there, and to nobody else. */
import { realpathSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { pointerOf, type SecretReference } from "../../model/reference.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { systemReason } from "../../model/system-error.ts";
import { secretFile } from "../../secrets/file.ts";
import { withoutLineEnd } from "../../secrets/text.ts";
import { replaceFile, tryReplacing } from "../host/install/replace-file.ts";
import type { SlotPlace, Unwritten } from "./slot-place.ts";

/** What is tried has as much room as any value needs. */
const longestValue = 4096;

/** What to do where no other user and no other host is of use, by the system's error. */
const cures: Readonly<Record<string, readonly string[]>> = {
  ENOSPC: ["Make room there, and call it again."],
  EDQUOT: ["Make room there, and call it again."],
  EROFS: ["Write it where the mount comes from, or mount it so that it can be written."],
};

/** Never more than its owner, and a group that reads. */
const mostOpen = 0o640;

/** A place, and whether it could be written now: for whoever has to know before anything is begun. */
export interface TriedPlace extends SlotPlace {
  tried(): Promise<Result<null, Unwritten>>;
}

/**
 * The place of a file.
 *
 * @param beside the other slot, as which a new file is
 * @param onHost lines: how the command is called on the agent's host
 */
export function filePlace(
  path: string,
  beside: SecretReference | undefined,
  onHost: readonly string[],
): TriedPlace {
  const failed = (what: string, error: unknown): Result<never, Unwritten> =>
    fail({
      reason: `${path} cannot be ${what}: ${typeof error === "string" ? error : systemReason(error)}`,
      advice: cures[typeof error === "string" ? "" : ((error as NodeJS.ErrnoException).code ?? "")] ?? [
        "Run it on the agent's host, as a user who may write there:",
        ...onHost,
      ],
    });
  const read: SlotPlace["read"] = async () => {
    const text = await secretFile(path);
    if (!text.ok) return text.error.isEmpty ? ok(undefined) : failed("read", text.error.reason);
    return ok(withoutLineEnd(text.value) || undefined);
  };
  return {
    reading: `sudo cat ${path}`,
    read,
    async tried() {
      try {
        tryReplacing(realOf(path), Buffer.alloc(longestValue), likeness(path, beside));
        return ok(null);
      } catch (error) {
        return failed("written", error);
      }
    },
    async write(value, instead) {
      const present = await read();
      if (!present.ok) return present;
      if (present.value === value) return ok(null);
      if (present.value !== instead)
        return fail({
          reason: `${path} holds another value by now`,
          advice: ["Somebody else writes it, too."],
        });
      try {
        const target = realOf(path);
        if (value === undefined) rmSync(target, { force: true });
        else replaceFile(target, Buffer.from(`${value}\n`), likeness(target, beside));
        return ok(null);
      } catch (error) {
        return failed("written", error);
      }
    },
  };
}

/** Where a link points: the link stays. */
function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Whose a file becomes, and who may read it: as it is, as the other slot is, or as the folder says. */
function likeness(path: string, beside: SecretReference | undefined) {
  const pointer = beside === undefined ? undefined : pointerOf(beside);
  const other = pointer?.ok && pointer.value.kind === "file" ? pointer.value.path : undefined;
  const model =
    statSync(path, { throwIfNoEntry: false }) ??
    (other === undefined ? undefined : statSync(other, { throwIfNoEntry: false })) ??
    statSync(dirname(path));
  return { mode: model.mode & mostOpen, owner: { uid: model.uid, gid: model.gid } };
}
