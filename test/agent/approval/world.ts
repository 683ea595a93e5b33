/** An agent with people and an active release, and another one that is reviewed and approved: core-team pushes to docs, and no longer to core. */
import type { AgentSurroundings } from "../../../agent/agent.ts";
import type { ReleaseData } from "../../../model/digest.ts";
import { type Harness, type ReleaseShape, type Reply, startHarness } from "../harness.ts";
import { staff } from "../people.ts";

/** What is approved: ada and bob lose push on core/api, and gain it on docs. */
export const approvedChange = (release: ReleaseShape) => {
  release.permissions.core.write = [];
  release.permissions.docs.write = ["okta/core-team"];
};

export interface ApprovalWorld {
  readonly h: Harness;
  /** The release that is active, and its digest. */
  readonly base: string;
  readonly next: ReleaseData;
  readonly ids: ReadonlyMap<string, string>;
  /** The line that a review of a release prints; of the next one where none is named. */
  approve(release?: ReleaseData): Promise<string>;
  review(body: object, token?: string): Promise<Reply>;
  /** Sends a release with an approval: over what is active, where nothing is said. */
  put(line: string, asked?: { release?: ReleaseData; by?: string; accept?: object }): Promise<Reply>;
  /** Somebody is hired into groups. */
  hire(name: string, ...groups: readonly string[]): Promise<void>;
  /** A person joins a group, or leaves it. */
  move(op: "add" | "remove", name: string, group: string): Promise<void>;
  /** All that must stay as it is where something is refused. */
  present(): Promise<unknown>;
  /** Makes the release of the beginning the active one, where it is not. */
  goBack(): Promise<void>;
}

export async function approvalWorld(
  environment = "local",
  surroundings: AgentSurroundings = {},
): Promise<ApprovalWorld> {
  const h = await startHarness(["core/api", "docs"], { environment }, surroundings);
  const releaseWith = (edit: (release: ReleaseShape) => void = () => {}) =>
    h.release((release: ReleaseShape) => {
      release.environment = environment;
      edit(release);
    });
  const base = await h.deploy(await releaseWith());
  const next = await releaseWith(approvedChange);
  const ids = new Map(
    await staff(h, {
      "core-team": ["ada", "bob"],
      engineering: ["ada", "bob", "cy"],
      "release-managers": ["dee"],
    }),
  );
  const world: ApprovalWorld = {
    h,
    base,
    next,
    ids,
    review: (body, token = h.tokens.reader) => h.admin("POST", "/reviews", { body, token }),
    async approve(release = next) {
      const { body } = await world.review({ release });
      if (typeof body.approval !== "string") throw new Error(JSON.stringify(body));
      return body.approval;
    },
    async put(line, { release = next, by, accept } = {}) {
      const { body } = await h.admin("GET", "/release");
      const approval = { line, ...(by !== undefined && { by }) };
      return h.admin("PUT", "/release", {
        body: { release, origin: {}, approval, ...(accept && { accept }) },
        headers: body.digest ? { "If-Match": `"${body.digest}"` } : { "If-None-Match": "*" },
      });
    },
    async hire(name, ...groups) {
      const user = await h.scim("POST", "/Users", { userName: `${name}@example.com`, active: true });
      ids.set(name, user.body.id);
      for (const group of groups) await world.move("add", name, group);
    },
    async move(op, name, group) {
      const found = await h.scim("GET", `/Groups?filter=displayName eq "${group}"`);
      const value = ids.get(name);
      const operation =
        op === "add"
          ? { op, path: "members", value: [{ value }] }
          : { op, path: `members[value eq "${value}"]` };
      const id = found.body.Resources[0].id;
      const { status } = await h.scim("PATCH", `/Groups/${id}`, { Operations: [operation] });
      if (status >= 300) throw new Error(`${op} ${name} ${group}: ${status}`);
    },
    async goBack() {
      const { body } = await h.admin("GET", "/release");
      if (body.digest !== base) await h.deploy(await releaseWith(), body.digest ?? null);
    },
    async present() {
      const { entries } = (await h.admin("GET", "/history")).body;
      return { entries, file: h.accessFile() };
    },
  };
  return world;
}
