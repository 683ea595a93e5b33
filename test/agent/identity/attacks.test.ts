/** Ways around whose an account is, as somebody would look for them who has read the code. */
import { describe, expect, test } from "vitest";
import type { ReleaseShape } from "../harness.ts";
import { stage } from "./people.ts";

const anyBounds = (release: ReleaseShape) => {
  release.settings.bounds = { lose: "100%", above: 0, protected: [] };
};

describe("what proved who somebody is goes on to prove it", () => {
  const s = stage(anyBounds);

  /** Deploys another release than the one before. */
  const deploy = async (edit: (release: ReleaseShape) => void) => {
    const { digest } = (await s.h.admin("GET", "/release")).body;
    await s.h.deploy(
      await s.h.release((release) => {
        anyBounds(release);
        edit(release);
      }),
      digest,
    );
  };

  test("an e-mail that is the externalId, and a release, before the next one comes", async () => {
    const id = await s.hire("ann", "A");
    await s.join("core-team", id);
    await s.patch(id, { emails: [{ value: "A" }] });
    await deploy((release) => (release.permissions.core.read = []));
    await s.patch(id, { externalId: "B" });
    expect(s.access("ann")).toBeUndefined();
  });

  test("an e-mail that is the externalId, and the next one by another name", async () => {
    const id = await s.hire("ann", "A");
    await s.join("core-team", id);
    await s.patch(id, { emails: [{ value: "A" }] });
    await s.scim(200, "PUT", `/Users/${id}`, { userName: "amy@example.com", externalId: "B" });
    expect(s.access("amy")).toBeUndefined();
    expect(s.access("ann")).toBeUndefined();
  });

  test("a new name that is the externalId of before", async () => {
    const id = await s.hire("ann", "e17");
    await s.join("core-team", id);
    await s.scim(200, "PUT", `/Users/${id}`, { userName: "e17@example.com", externalId: "B" });
    expect(s.access("e17")).toBeUndefined();
  });

  test("an e-mail that was the externalId when its user was deleted", async () => {
    const id = await s.hire("ann", "ann@work.example");
    await s.patch(id, { emails: [{ value: "ann@work.example" }] });
    await s.scim(204, "DELETE", `/Users/${id}`);
    await s.hire("ann", "ann@work.example");
    expect(s.access("ann")).toBeUndefined();
  });

  test("an e-mail that was the externalId, when another resource comes beside an inactive one", async () => {
    const id = await s.hire("ann", "ann@work.example");
    await s.patch(id, { emails: [{ value: "ann@work.example" }] });
    await s.patch(id, { active: false });
    await s.scim(201, "POST", "/Users", { userName: "ann@x@example.com", externalId: "ann@work.example" });
    expect(s.access("ann")).toBeUndefined();
  });

  test("an externalId that others have too brings nobody back", async () => {
    await s.hire("bob", "null");
    const id = await s.hire("ann", "null");
    await s.scim(204, "DELETE", `/Users/${id}`);
    await s.hire("ann", "null");
    expect(s.access("ann")).toBeUndefined();
    expect(s.access("bob")).toEqual([]);
    await deploy((release) => (release.permissions.core.read = []));
    expect(s.access("ann")).toBeUndefined();
    expect((await s.owners()).withheld).toMatchObject([{ account: "ann", because: "owner" }]);
  });

  test("out of scope after the end of a release is without the account", async () => {
    const id = await s.hire("ann");
    await s.join("core-team", id);
    const { digest } = (await s.h.admin("GET", "/release")).body;
    const ended = await s.h.admin("DELETE", "/release", { headers: { "If-Match": `"${digest}"` } });
    expect(ended.status).toBeLessThan(300);
    const none = await s.h.deploy(
      await s.h.release((release) => {
        anyBounds(release);
        release.connectors.okta.scope = 'user.userName.startsWith("bob")';
      }),
    );
    expect(s.access("ann")).toBeUndefined();
    await s.patch(id, { externalId: "B" });
    await s.h.deploy(await s.h.release(anyBounds), none);
    expect(s.access("ann")).toBeUndefined();
  });

  test("released while nobody waits, the resource of before has no memberships", async () => {
    const id = await s.hire("ann");
    await s.join("core-team", id);
    await s.patch(id, { active: false });
    await s.approve(204, "DELETE", "/owners/ann");
    expect((await s.lastAudit()).detail).toContain("1 memberships ended");
    await s.patch(id, { active: true });
    expect(s.access("ann")).toEqual([]);
  });

  test("released with them, or by a name that is a former one, it keeps them", async () => {
    const id = await s.hire("ann");
    await s.join("core-team", id);
    await s.patch(id, { userName: "lee@example.com" });
    await s.approve(204, "DELETE", "/owners/ann");
    expect(s.access("lee")).toEqual(["okta/core-team"]);
    await s.patch(id, { active: false });
    await s.approve(204, "DELETE", "/owners/lee?memberships=keep");
    await s.patch(id, { active: true });
    expect(s.access("lee")).toEqual(["okta/core-team"]);
  });
});

describe("a whole resource that says an attribute twice, once behind the core schema", () => {
  const s = stage();
  const core = (kind: "User" | "Group", name: string) =>
    `urn:ietf:params:scim:schemas:core:2.0:${kind}:${name}`;

  test("deactivates all the same", async () => {
    const id = await s.hire("ann", "A");
    const ann = { userName: "ann@example.com", externalId: "A", [core("User", "externalId")]: "A" };
    await s.scim(400, "PUT", `/Users/${id}`, { ...ann, active: true });
    await s.scim(400, "PUT", `/Users/${id}`, { ...ann, active: false, [core("User", "active")]: true });
    expect(s.access("ann")).toEqual([]);
    await s.scim(200, "PUT", `/Users/${id}`, { ...ann, active: "False" });
    expect(s.access("ann")).toBeUndefined();
  });

  test("takes members out all the same", async () => {
    const [ann, bob] = [await s.hire("ann", "A"), await s.hire("bob", "B")];
    await s.join("core-team", ann, bob);
    const { Resources } = await s.scim(200, "GET", "/Groups");
    await s.scim(200, "PUT", `/Groups/${Resources[0].id}`, {
      displayName: "core-team",
      [core("Group", "displayName")]: "core-team",
      members: [{ value: ann }],
    });
    expect(s.access("bob")).toEqual([]);
    expect(s.access("ann")).toEqual(["okta/core-team"]);
  });
});

describe("what stands beside the id of a member", () => {
  const s = stage();

  test.each(['type eq "User"', 'display eq "somebody"'])(
    "takes nothing from the removal: %s",
    async (beside) => {
      const id = await s.hire("ann");
      await s.join("core-team", id);
      const { Resources } = await s.scim(200, "GET", "/Groups");
      const path = `members[value eq "${id}" and ${beside}]`;
      await s.scim(204, "PATCH", `/Groups/${Resources[0].id}`, { Operations: [{ op: "remove", path }] });
      expect(s.access("ann")).toEqual([]);
    },
  );
});

describe("whom an approver knows by a name", () => {
  const s = stage();

  test.each(["confirmed", "given the account as another"])("is nobody else later on: %s", async (how) => {
    const id = await s.hire("ann", "A");
    await s.patch(id, { externalId: "ann@example.com" });
    if (how === "confirmed") await s.approve(204, "POST", "/owners/ann", { user: id });
    else await s.approve(204, "DELETE", "/owners/ann");
    await s.join("core-team", id);
    expect(s.access("ann")).toEqual(["okta/core-team"]);
    await s.patch(id, { externalId: "B" });
    expect(s.access("ann")).toBeUndefined();
    await s.patch(id, { externalId: "ann@example.com" });
    expect(s.access("ann")).toEqual(["okta/core-team"]);
  });

  test("comes back by no name, though an approver knew them by it", async () => {
    const id = await s.hire("ann", "A");
    await s.patch(id, { externalId: "ann@example.com" });
    await s.approve(204, "POST", "/owners/ann", { user: id });
    await s.scim(204, "DELETE", `/Users/${id}`);
    await s.hire("ann", "ann@example.com");
    expect(s.access("ann")).toBeUndefined();
  });
});

describe("deletions: never", () => {
  const s = stage((release) => {
    release.connectors.okta.deletions = "never";
  });
  test("takes who is inactive already out of the groups", async () => {
    const id = await s.hire("ann", "A");
    await s.join("core-team", id);
    await s.patch(id, { active: false });
    await s.scim(204, "DELETE", `/Users/${id}`);
    await s.patch(id, { active: true });
    expect(s.access("ann")).toEqual([]);
  });
  test("takes who is withheld out of the groups", async () => {
    const id = await s.hire("ann", "A");
    await s.join("core-team", id);
    await s.patch(id, { externalId: "B" });
    await s.scim(204, "DELETE", `/Users/${id}`);
    await s.patch(id, { active: true, externalId: "A" });
    expect(s.access("ann")).toEqual([]);
  });
});
