/** People at an agent, as the identity provider would bring them. */
import type { Harness, Reply } from "./harness.ts";

/**
 * Creates each group with its members, and every member once: `ada` is the user ada@example.com.
 *
 * @returns the users' ids by name
 */
export async function staff(
  h: Harness,
  groups: Readonly<Record<string, readonly string[]>>,
): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const name of new Set(Object.values(groups).flat())) {
    const user = await h.scim("POST", "/Users", { userName: `${name}@example.com`, active: true });
    if (user.status !== 201) throw new Error(JSON.stringify(user.body));
    ids.set(name, user.body.id);
  }
  for (const [displayName, names] of Object.entries(groups)) {
    const members = names.map((name) => ({ value: ids.get(name) }));
    const group = await h.scim("POST", "/Groups", { displayName, members });
    if (group.status !== 201) throw new Error(JSON.stringify(group.body));
  }
  return ids;
}

/** Somebody leaves: their user is deactivated. */
export function deactivate(h: Harness, id: string | undefined): Promise<Reply> {
  return h.scim("PATCH", `/Users/${id}`, { Operations: [{ op: "replace", path: "active", value: false }] });
}
