/** Agents whose constraints hold, and what their approvers say. */
import { join } from "node:path";
import Database from "libsql";
import type { HeldDetail, HeldSummary } from "../../../api/contract.ts";
import { constrained } from "../constraints/constrained.ts";
import type { Harness, ReleaseShape, Reply } from "../harness.ts";

/** Held until somebody of the owner decides. */
export const held = (constraint: object) => ({ ...constraint, otherwise: "hold", owner: "identity" });

/** Makes a release with these constraints the active one, whichever is it before. */
export async function deployConstraints(
  h: Harness,
  constraints: object,
  edit?: (draft: ReleaseShape) => void,
): Promise<string> {
  const active = await h.admin("GET", "/release");
  return h.deploy(await constrained(h, constraints, edit), active.status === 200 ? active.body.digest : null);
}

/** What waits, in its order. */
export async function waiting(h: Harness): Promise<HeldSummary[]> {
  return (await h.admin("GET", "/held?limit=1000", { token: h.tokens.reader })).body.held;
}

export async function shown(h: Harness, id: string): Promise<HeldDetail> {
  return (await h.admin("GET", `/held/${id}`, { token: h.tokens.reader })).body;
}

/** Says a word about a hold, by the fingerprint that is shown now. */
export async function decide(
  h: Harness,
  id: string,
  decision: "approve" | "discard",
  { token = h.tokens.approver, fingerprint }: { token?: string; fingerprint?: string } = {},
): Promise<Reply> {
  const body = {
    decision,
    reason: "as agreed",
    fingerprint: fingerprint ?? (await shown(h, id)).fingerprint,
  };
  return h.admin("POST", `/held/${id}`, { token, body });
}

/** The id of the hold in an answer. */
export function holdId({ body }: Reply): string {
  return body["urn:hgscim:scim:schemas:Held"].id;
}

/** Waits until something is so that the agent does by itself. */
export async function eventually<T>(look: () => Promise<T>, isSo: (found: T) => boolean): Promise<T> {
  for (;;) {
    const found = await look();
    if (isSo(found)) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The accounts of the access file that are let in. */
export function letIn(h: Harness): string[] {
  return (h.accessFile().accounts ?? []).flatMap((row) => {
    const [account = "", active] = String(row).split(",");
    return active === "1" ? [account] : [];
  });
}

export const change = (...operations: object[]) => ({
  schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  Operations: operations,
});
export const members = (op: "add" | "remove" | "replace", ...ids: string[]) => ({
  op,
  path: "members",
  value: ids.map((value) => ({ value })),
});

/** What somebody is to be told of holds, of an agent that does not run. */
export function eventsIn(h: Harness): unknown[] {
  const store = new Database(join(h.config.data, "store.db"), { readonly: true });
  const rows = store.prepare("SELECT * FROM events WHERE kind = 'held' ORDER BY sequence").all();
  store.close();
  return rows;
}
