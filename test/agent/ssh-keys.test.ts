/** Public keys that an identity provider sends, from SCIM to the access file: one key is of one account. */
import { randomBytes } from "node:crypto";
import Database from "libsql";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fingerprint, parseSshKey } from "../../policy/ssh-key.ts";
import { copiesOf } from "./copies.ts";
import { type Harness, type ReleaseShape, startHarness } from "./harness.ts";
import { deactivate } from "./people.ts";

const hr = "urn:example:hr:2.0:User";

let h: Harness;
beforeEach(async () => {
  h = await startHarness(["core/api"]);
});
afterEach(() => h.stop());

/** A key that nobody has the other half of. */
function newKey(type = "ssh-ed25519"): string {
  const field = (content: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, content.length]), content]);
  const blob = Buffer.concat([field(Buffer.from("ssh-ed25519")), field(randomBytes(32))]);
  return `${type} ${blob.toString("base64")}`;
}

function shown(key: string): string {
  const parsed = parseSshKey(key);
  if (!parsed.ok) throw new Error(parsed.error);
  return fingerprint(parsed.value);
}

function withKeys(edit: (release: ReleaseShape) => void = () => undefined) {
  return h.release((release) => {
    const attributes = {
      sshKeys: { type: "string", multiValued: true },
      badge: { type: "string", multiValued: false },
    };
    release.connectors.okta.extensions = { hr: { schema: hr, attributes } };
    release.connectors.okta.mapping.keys = "user.?hr.?sshKeys.orValue([])";
    edit(release);
  });
}

/** `account key` of each key in the access file. */
function keysInFile(): string[] {
  const database = new Database(h.config.access, { readonly: true });
  const rows = database
    .prepare("SELECT account || ' ' || type || ' ' || blob AS line FROM keys ORDER BY 1")
    .all();
  database.close();
  return (rows as { line: string }[]).map(({ line }) => line);
}

async function hire(name: string, ...sshKeys: string[]): Promise<string> {
  const { status, body } = await h.scim("POST", "/Users", {
    userName: `${name}@example.com`,
    externalId: `id-${name}`,
    active: true,
    ...(sshKeys.length > 0 && { [hr]: { sshKeys } }),
  });
  expect([status, body.detail]).toEqual([201, undefined]);
  return body.id;
}

const patch = (id: string, ...Operations: object[]) => h.scim("PATCH", `/Users/${id}`, { Operations });
const put = (id: string, sshKeys: string[]) =>
  patch(id, { op: "replace", path: `${hr}:sshKeys`, value: sshKeys });
const lastAudit = async () => (await h.admin("GET", "/audit")).body.rows.at(-1);
const sorted = (...lines: string[]) => lines.sort();

test("keys come and go with what is sent, by their fingerprints in the audit; a comment is dropped", async () => {
  await h.deploy(await withKeys());
  const [one, two] = [newKey(), newKey()];
  const ada = await hire("ada", `${one} ada's laptop`);
  expect(keysInFile()).toEqual([`ada ${one}`]);
  expect((await lastAudit()).detail).toContain(`SSH key ${shown(one)} lets in`);
  await put(ada, [one, two]);
  expect(keysInFile()).toEqual(sorted(`ada ${one}`, `ada ${two}`));
  await put(ada, [two]);
  expect(keysInFile()).toEqual([`ada ${two}`]);
  expect((await lastAudit()).detail).toContain(`SSH key ${shown(one)} lets in no longer`);
  await put(ada, [one, two]);
  // of a list of plain values, each is its value (RFC 7643, section 2.4)
  const path = (key: string) => `${hr}:sshKeys[value eq "${key}"]`;
  expect((await patch(ada, { op: "remove", path: path(one) })).status).toBe(200);
  expect(keysInFile()).toEqual([`ada ${two}`]);
  expect((await patch(ada, { op: "replace", path: path(two), value: one })).status).toBe(200);
  expect(keysInFile()).toEqual([`ada ${one}`]);
  expect((await patch(ada, { op: "replace", path: path(two), value: one })).status).toBe(400);
  expect((await patch(ada, { op: "remove", path: path(two) })).status).toBe(200);
  await patch(ada, { op: "remove", path: `${hr}:sshKeys` });
  expect(keysInFile()).toEqual([]);
  await put(ada, [one]);
  await deactivate(h, ada);
  expect(keysInFile()).toEqual([]);
  await patch(ada, { op: "replace", path: "active", value: true });
  expect(keysInFile()).toEqual([`ada ${one}`]);
  const before = keysInFile();
  await h.restart();
  expect(keysInFile()).toEqual(before);
  await h.scim("DELETE", `/Users/${ada}`);
  expect(keysInFile()).toEqual([]);
});

test("what is no key is left out, told, and keeps nothing else from being done", async () => {
  await h.deploy(await withKeys());
  const [one, two] = [newKey(), newKey()];
  const ada = await hire("ada", one, `command="sh" ${two}`, "ssh-rsa AAAA");
  expect(keysInFile()).toEqual([`ada ${one}`]);
  expect((await lastAudit()).detail).toMatch(/SSH key 2: it begins with no type of key .*; SSH key 3: /);
  expect(h.logs.join("")).toContain("SSH key 2: it begins with no type of key");
  // a key goes, and what is none comes with the same write
  await put(ada, ["no key at all"]);
  expect(keysInFile()).toEqual([]);
});

test("one key is of one account: never the second one's, until the first one gives it up", async () => {
  await h.deploy(await withKeys());
  const [one, two] = [newKey(), newKey()];
  const ada = await hire("ada", one);
  const eve = await hire("eve", one, two);
  expect(keysInFile()).toEqual(sorted(`ada ${one}`, `eve ${two}`));
  expect((await lastAudit()).detail).toContain(`SSH key ${shown(one)} is another account's, and not given`);
  // neither when its owner leaves, is gone, and comes back
  await deactivate(h, ada);
  await put(eve, [two, one]);
  expect(keysInFile()).toEqual([`eve ${two}`]);
  await h.scim("DELETE", `/Users/${ada}`);
  await put(eve, [one]);
  expect(keysInFile()).toEqual([]);
  const again = await hire("ada", one);
  expect(keysInFile()).toEqual([`ada ${one}`]);
  await put(again, []);
  await put(eve, [one, two]);
  expect(keysInFile()).toEqual(sorted(`eve ${one}`, `eve ${two}`));
});

test("deploying another release and the first one again gives the same keys to the same accounts", async () => {
  const first = await withKeys();
  const digest = await h.deploy(first);
  const one = newKey();
  await hire("zoe", one);
  await hire("ada", one);
  expect(keysInFile()).toEqual([`zoe ${one}`]);
  const other = await h.deploy(
    await withKeys((release) => {
      release.connectors.okta.scope = 'user.userName != "zoe@example.com"';
      delete release.settings.bounds;
    }),
    digest,
  );
  expect(keysInFile()).toEqual([]);
  await h.deploy(first, other);
  expect(keysInFile()).toEqual([`zoe ${one}`]);
});

test("a mapping that renames everybody takes their keys along; a release without keys has none", async () => {
  const first = await withKeys();
  const digest = await h.deploy(first);
  const one = newKey();
  await hire("ada", one);
  const renamed = await h.deploy(
    await withKeys((release) => {
      release.connectors.okta.mapping.account = '"x-" + user.userName.split("@")[0]';
    }),
    digest,
  );
  expect(keysInFile()).toEqual([`x-ada ${one}`]);
  await h.deploy(await h.release(), renamed);
  expect(keysInFile()).toEqual([]);
});

test("a constraint refuses keys that come, and never one that goes", async () => {
  await h.deploy(
    await withKeys((release) => {
      release.constraints.keys = { keys: { types: ["ssh-ed25519"], maximum: 2 }, otherwise: "reject" };
    }),
  );
  const [one, two, three] = [newKey(), newKey(), newKey()];
  const ada = await hire("ada", one, two);
  const { status, body } = await put(ada, [one, two, three]);
  expect([status, body.detail]).toEqual([
    400,
    expect.stringContaining("constraint keys: 3 SSH keys are more than 2"),
  ]);
  expect(keysInFile()).toEqual(sorted(`ada ${one}`, `ada ${two}`));
  await put(ada, [two]);
  expect(keysInFile()).toEqual([`ada ${two}`]);
  await h.deploy(
    await withKeys((release) => {
      release.constraints.keys = { keys: { types: ["ssh-rsa"] }, otherwise: "reject" };
    }),
    (await h.admin("GET", "/release")).body.digest,
  );
  expect((await put(ada, [two, three])).body.detail).toContain("is of type ssh-ed25519, not ssh-rsa");
  // nor gets a key in who is let in only now: not by being created, or written, while inactive
  const inactive = { userName: "eve@example.com", externalId: "id-eve", active: false };
  const { body: eve } = await h.scim("POST", "/Users", { ...inactive, [hr]: { sshKeys: [three] } });
  const letIn = { op: "replace", path: "active", value: true };
  expect((await patch(eve.id, letIn)).body.detail).toContain("is of type ssh-ed25519, not ssh-rsa");
  await put(eve.id, []);
  expect((await patch(eve.id, letIn)).status).toBe(200);
  expect(keysInFile()).toEqual([`ada ${two}`]);
  // what is there already is not judged, also under another name, and goes
  for (const value of ["ada.l@example.com", "ada@example.com"])
    expect((await patch(ada, { op: "replace", path: "userName", value })).status).toBe(200);
  expect((await patch(ada, { op: "add", path: `${hr}:badge`, value: "B" })).status).toBe(200);
  await put(ada, []);
  expect(keysInFile()).toEqual([]);
});

test("a key that goes is not kept by what is refused beside it: that is recorded, and the next release brings no key back", async () => {
  const release = await withKeys((release) => {
    release.constraints.keys = { keys: { types: ["ssh-ed25519"], maximum: 2 }, otherwise: "reject" };
    release.constraints.titled = {
      after: 'user.?title.orValue("") != "intern"',
      otherwise: "reject",
    };
  });
  const digest = await h.deploy(release);
  const [one, two, three, four] = [newKey(), newKey(), newKey(), newKey()];
  const ada = await hire("ada", one, two);
  const swapped = await put(ada, [two, three, four]);
  expect([swapped.status, keysInFile()]).toEqual([200, [`ada ${two}`]]);
  expect(await lastAudit()).toMatchObject({ outcome: "done", code: "constraintOnValue", rule: "keys" });
  expect((await lastAudit()).detail).toMatch(
    /SSH key .* lets in no longer; nothing else is done: .*3 SSH keys are more than 2/,
  );
  expect(swapped.body[hr].sshKeys).toEqual([two]);
  // beside another attribute that is refused, or not understood, in a PATCH and in a PUT
  await put(ada, [one, two]);
  const refused = await patch(
    ada,
    { op: "replace", path: "title", value: "intern" },
    { op: "remove", path: `${hr}:sshKeys`, value: [two] },
    { op: "add", path: "emails[", value: "x" },
  );
  expect([refused.status, keysInFile()]).toEqual([200, [`ada ${one}`]]);
  const whole = { userName: "ada@example.com", externalId: "id-ada", active: true, title: "intern" };
  expect((await h.scim("PUT", `/Users/${ada}`, { ...whole, [hr]: { sshKeys: [three] } })).status).toBe(200);
  expect(keysInFile()).toEqual([]);
  await put(ada, [one, two]);
  const unreadable = { ...whole, emails: [{ value: {} }], [hr]: { sshKeys: [two] } };
  expect((await h.scim("PUT", `/Users/${ada}`, unreadable)).status).toBe(200);
  expect(keysInFile()).toEqual([`ada ${two}`]);
  // what takes no key away is refused as before
  expect((await patch(ada, { op: "replace", path: "title", value: "intern" })).status).toBe(400);
  expect((await h.scim("PUT", `/Users/${ada}`, { active: true })).status).toBe(400);
  const other = await h.deploy(await withKeys(), digest);
  expect(keysInFile()).toEqual([`ada ${two}`]);
  // nobody's any more, as of one who gave it up
  await hire("eve", one);
  expect(keysInFile()).toEqual(sorted(`ada ${two}`, `eve ${one}`));

  // what no release reads as a key is none
  const badge = (value: string) => patch(ada, { op: "replace", path: `${hr}:badge`, value });
  await badge(four);
  const whatever = { ...whole, title: "intern", [hr]: { sshKeys: [two] } };
  expect((await h.scim("PUT", `/Users/${ada}`, { ...whatever, emails: [{ value: {} }] })).status).toBe(400);

  // while no release runs
  await h.admin("DELETE", "/release", { headers: { "If-Match": `"${other}"` } });
  expect((await put(ada, [three])).status).toBe(200);
  expect((await put(ada, [four])).status).toBe(503);
  await h.deploy(await withKeys());
  expect(keysInFile()).toEqual([`eve ${one}`]);
});

test("a key that went since a copy of the store was made comes back with nobody, and goes from a copy too", async () => {
  const copies = copiesOf(h);
  const release = await withKeys();
  const digest = await h.deploy(release);
  const [one, two, three] = [newKey(), newKey(), newKey()];
  const ada = await hire("ada", one, two);
  const bob = await hire("bob", three);
  const cy = await hire("cy", newKey());
  await deactivate(h, cy);
  await h.restart(() => copies.backUp());
  await put(ada, [two]);
  await patch(cy, { op: "replace", path: "active", value: true });
  await patch(cy, { op: "remove", path: `${hr}:sshKeys` });
  expect(keysInFile()).toEqual(sorted(`ada ${two}`, `bob ${three}`));
  await copies.restore();
  expect(keysInFile()).toEqual(sorted(`ada ${two}`, `bob ${three}`));
  expect((await put(bob, [])).status).toBe(200);
  expect((await put(bob, [three])).status).toBe(503);
  expect(keysInFile()).toEqual([`ada ${two}`]);
  await h.restart();
  expect(keysInFile()).toEqual([`ada ${two}`]);
  const { status } = await h.admin("PUT", "/release", {
    body: { release, origin: {}, accept: { from: digest, lose: 0 } },
    headers: { "If-None-Match": "*" },
  });
  expect([status, keysInFile()]).toEqual([200, [`ada ${two}`]]);
  await patch(cy, { op: "replace", path: "active", value: true });
  expect(keysInFile()).toEqual([`ada ${two}`]);
});

test("a key that is one of several parts of a value goes with the whole of it", async () => {
  const release = await h.release((release) => {
    release.connectors.okta.mapping.keys = "user.?photos.orValue([]).map(photo, photo.?value.orValue(''))";
  });
  const digest = await h.deploy(release);
  const [one, two] = [newKey(), newKey()];
  const photos = [one, two].map((value, i) => ({ value, display: `key ${i}` }));
  const { id } = (await h.scim("POST", "/Users", { userName: "ada@example.com", photos })).body;
  expect(keysInFile()).toEqual(sorted(`ada ${one}`, `ada ${two}`));
  await h.admin("DELETE", "/release", { headers: { "If-Match": `"${digest}"` } });
  const path = `photos[value eq "${one}"]`;
  expect((await patch(id, { op: "remove", path })).status).toBe(200);
  await h.deploy(release);
  expect(keysInFile()).toEqual([`ada ${two}`]);
  expect((await h.scim("GET", `/Users/${id}`)).body.photos).toMatchObject([{ value: two, display: "key 1" }]);
});
