/** What `hgscim variables` has to print, in whichever format. */
import type { InventoryEntry } from "./inventory.ts";

/** An inventory, and what stands beside it for people and for programs. */
export interface PrintedInventory {
  readonly environment: string;
  readonly variables: readonly InventoryEntry[];
  readonly beside: { readonly lines: readonly string[]; readonly json: object };
}
