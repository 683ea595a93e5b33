/** People of a host who may take rights for themselves: ann may, bob is in another group, and eve in none. */
import { createHash, randomBytes } from "node:crypto";
import { adminClient } from "../../../api/client.ts";
import type { Harness, ReleaseShape, Reply } from "../harness.ts";
import { staff } from "../people.ts";

/** A release whose set `core` lets release managers take write on core for an hour. */
export const takeable = (edit: (release: ReleaseShape) => void = () => {}) => {
  return (release: ReleaseShape) => {
    release.permissions.core.breakGlass = {
      who: ["okta/release-managers"],
      right: "write",
      for: "1h",
      alert: { var: "ALERT_WEBHOOK" },
    };
    release.variables.ALERT_WEBHOOK = { type: "url", value: "https://127.0.0.1:9/" };
    release.permissions.core.owner = "core-team";
    release.settings.bounds = { lose: "100%", above: 1_000, protected: [] };
    edit(release);
  };
};

export interface People {
  readonly ids: ReadonlyMap<string, string>;
  readonly digest: string;
  /** Takes a right as a person by a token of their own. */
  take(account: string, parts?: object): Promise<Reply>;
  /** Ends a right as a person. */
  end(account: string, id: string): Promise<Reply>;
  /** The rights in the access file, `account,repository,right,until`. */
  inFile(): string[];
}

/** Deploys the release and brings the people. */
export async function people(h: Harness, edit?: (release: ReleaseShape) => void): Promise<People> {
  const tokens = new Map<string, string>();
  for (const account of ["ann", "bob", "eve", "zoe"]) {
    const token = randomBytes(24).toString("base64url");
    tokens.set(account, token);
    const sha256 = createHash("sha256").update(token).digest("hex");
    h.config.tokens.push({ name: account, role: "reader", sha256, account });
  }
  await h.restart();
  const digest = await h.deploy(await h.release(takeable(edit)));
  const ids = await staff(h, { "release-managers": ["ann"], engineering: ["ann", "bob"] });
  await h.scim("POST", "/Users", { userName: "eve@example.com", active: true });
  const as = (account: string) => ({ token: tokens.get(account) ?? "" });
  return {
    ids,
    digest,
    take: (account, parts = {}) =>
      h.admin("POST", "/break-glass", {
        ...as(account),
        body: { repository: "core/api", for: "30m", reason: "the build is broken", ...parts },
      }),
    end: (account, id) => h.admin("DELETE", `/break-glass/${id}`, as(account)),
    inFile: () => takenIn(h),
  };
}

/** The rights in the access file that people took. */
export function takenIn(h: Harness): string[] {
  const { grants = [], patterns = [] } = h.accessFile();
  const places = new Map(patterns.map(String).map((row) => [row.split(",")[0], row.split(",")[2]] as const));
  return grants
    .map(String)
    .filter((row) => row.startsWith("break-glass/"))
    .map((row) => {
      const [permission, , account, right, until] = row.split(",");
      return `${account},${places.get(permission)},${right},${until}`;
    });
}

/** As a user of the host. */
export const localAs = (h: Harness, user: string) =>
  adminClient({ url: `unix:${h.agent.socket}`, user, environment: "local" });
