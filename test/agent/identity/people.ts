/** A provider, an approver and what the web server's side sees, for tests of whose an account is. */
import { afterEach, beforeEach, expect } from "vitest";
import { type Harness, type ReleaseShape, type Reply, startHarness } from "../harness.ts";

export interface Stage {
  readonly h: Harness;
  /** A request that is answered so; answers its body. */
  scim(status: number, method: string, path: string, body?: unknown): Promise<Reply["body"]>;
  /** Creates a user; answers the id. */
  hire(userName: string, externalId?: string, parts?: object): Promise<string>;
  /** Changes attributes by PATCH. */
  patch(id: string, value: object): Promise<Reply["body"]>;
  join(group: string, ...ids: string[]): Promise<void>;
  approve(status: number, method: string, path: string, body?: unknown): Promise<Reply["body"]>;
  owners(): Promise<Reply["body"]>;
  /** The groups by which an account has access; undefined while it has none. */
  access(account: string): string[] | undefined;
  lastAudit(): Promise<{ readonly detail: string; readonly operation: string; readonly code: string | null }>;
}

/** A fresh agent for each test. */
export function stage(edit?: (release: ReleaseShape) => void): Stage {
  let h: Harness;
  let group: Map<string, string>;
  beforeEach(async () => {
    group = new Map();
    h = await startHarness(["core/api", "docs"]);
    await h.deploy(await h.release(edit));
  });
  afterEach(() => h.stop());
  const scim: Stage["scim"] = async (status, method, path, body) => {
    const reply = await h.scim(method, path, body);
    expect({ status: reply.status, body: reply.body }).toMatchObject({ status });
    return reply.body;
  };
  return {
    get h() {
      return h;
    },
    scim,
    async hire(userName, externalId, parts = {}) {
      const body = { userName: `${userName}@example.com`, ...(externalId && { externalId }), ...parts };
      return (await scim(201, "POST", "/Users", body)).id;
    },
    patch: (id, value) => scim(200, "PATCH", `/Users/${id}`, { Operations: [{ op: "replace", value }] }),
    async join(displayName, ...ids) {
      const members = ids.map((value) => ({ value }));
      const present = group.get(displayName);
      if (present === undefined)
        group.set(displayName, (await scim(201, "POST", "/Groups", { displayName, members })).id);
      else
        await scim(204, "PATCH", `/Groups/${present}`, {
          Operations: [{ op: "add", path: "members", value: members }],
        });
    },
    async approve(status, method, path, body) {
      const reply = await h.admin(method, path, { token: h.tokens.approver, body });
      expect({ status: reply.status, body: reply.body }).toMatchObject({ status });
      return reply.body;
    },
    owners: async () => (await h.admin("GET", "/owners", { token: h.tokens.reader })).body,
    access(account) {
      const { accounts = [], memberships = [] } = h.accessFile();
      if (!accounts.includes(`${account},1`)) return undefined;
      const own = (memberships as string[]).filter((row) => row.startsWith(`${account},`));
      return own.map((row) => row.slice(account.length + 1));
    },
    lastAudit: async () => (await h.admin("GET", "/audit?last=1")).body.rows[0],
  };
}
