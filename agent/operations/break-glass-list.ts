/** The rights that people took for themselves, as the admin API shows them. */
import type { BreakGlassList, BreakGlassRight } from "../../api/contract.ts";
import type { Time } from "../../model/time.ts";
import type { BreakGlassRow } from "../directory/break-glass.ts";
import { Directory } from "../directory/directory.ts";
import type { Store } from "../store/schema.ts";

/** Those that somebody has at a time. */
export async function takenRights(store: Store, now: Time): Promise<BreakGlassList> {
  const rows = await new Directory(store).breakGlass.all();
  return { rights: rows.filter(({ until }) => until > now).map(shownRight) };
}

/** One of them. */
export function shownRight({ user_id: _, taken_by: by, ...row }: BreakGlassRow): BreakGlassRight {
  return { ...row, by };
}
