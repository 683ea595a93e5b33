/** What happens to the host as a whole, and names nobody. */
import type { AlertEvent } from "./event.ts";

/** An event of the host's clock or disk. */
export function hostEvent(kind: "clock" | "disk", summary: string): AlertEvent {
  return { kind, subject: kind, summary, detail: summary };
}

/** What is told of a disk on which hardly any room is left. */
export const diskIsTight = (): AlertEvent =>
  hostEvent(
    "disk",
    "hardly any room is left on the disk of the store or the access file: until there is, only what takes access away is stored",
  );
