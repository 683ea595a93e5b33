/** Admin tokens are read anew from agent.yaml while the agent runs: nobody is locked out, and nobody let in, by a file that cannot be meant. */
import { createHash } from "node:crypto";
import { chmodSync, mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AgentConfig } from "../../../agent/config.ts";
import { alerting, Receiver } from "../alerts/receiver.ts";
import { until } from "../alerts/until.ts";
import { type Harness, startHarness } from "../harness.ts";

const hash = (token: string) => createHash("sha256").update(token).digest("hex");

let folder: string;
let file: string;
let h: Harness;
let receiver: Receiver;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-tokens-"));
  file = join(folder, "agent.yaml");
  receiver = new Receiver();
  await receiver.start();
  h = await startHarness(
    ["core/api"],
    { egress: [receiver.host] },
    { renewalsEvery: 50, secretsEvery: 50, configFile: file },
  );
  put({});
  await h.deploy(await h.release(alerting(receiver, { on: ["secrets"] })));
});
afterEach(async () => {
  await h.stop();
  await receiver.stop();
  rmSync(folder, { recursive: true, force: true });
});

type Tokens = AgentConfig["tokens"];
const textOf = ({ tokens = h.config.tokens, ...other }: Partial<AgentConfig>) =>
  JSON.stringify({ ...h.config, ...other, tokens });
function put(changed: Partial<AgentConfig>): void {
  writeFileSync(`${file}.new`, textOf(changed));
  renameSync(`${file}.new`, file);
}
/** With another hash, or hashes, of the reader. */
const reader = (sha256: string | string[], role: Tokens[number]["role"] = "reader"): Tokens =>
  h.config.tokens.map((token) => (token.name === "reader" ? { ...token, sha256, role } : token));
const status = async (token: string, path = "/health") => (await h.admin("GET", path, { token })).status;
const said = (text: string) => h.logs.filter((line) => line.includes(text));
const conditions = async () =>
  (await h.admin("GET", "/health", { token: h.tokens.deployer })).body.conditions.filter(
    ({ code }: { code: string }) => code === "configurationNotTaken",
  );
const next = "the-next-token-of-the-reader";

test("both tokens are let in while one replaces the other, and the old one no longer once it is withdrawn", async () => {
  put({ tokens: reader([hash(h.tokens.reader), hash(next)]) });
  await until(async () => (await status(next)) === 200);
  expect(await status(h.tokens.reader)).toBe(200);
  const list = async (token: string) => (await h.admin("GET", "/tokens", { token })).body.admin;
  const [old, young] = await list(h.tokens.approver);
  expect([old, young]).toMatchObject(
    [h.tokens.reader, next].map((token) => ({
      ...{ name: "reader", role: "reader", hash: hash(token).slice(0, 12) },
      used: { from: "127.0.0.1" },
    })),
  );
  expect(old.used.at).toBeGreaterThanOrEqual(young.used.at);
  expect(young.since).toBeGreaterThan(old.since);
  // of a token that somebody has guessed, nobody but an approver may learn the hash
  expect(JSON.stringify(await list(next))).not.toContain("hash");
  expect((await list(next)).find(({ name }: { name: string }) => name === "deployer").used).not.toBeNull();

  put({ tokens: reader(hash(next)) });
  await until(async () => (await status(h.tokens.reader)) === 401);
  expect([await status(next), await status(h.tokens.deployer)]).toEqual([200, 200]);
  const { rows } = (await h.admin("GET", "/audit?last=2", { token: next })).body;
  expect(
    rows.map(({ operation, target, detail }: Record<string, string>) => [operation, target, detail]),
  ).toEqual([
    ["admin-token.replace", "reader", "a token was added; 2 let in now"],
    ["admin-token.replace", "reader", "a token was withdrawn; 1 let in now"],
  ]);
  expect(h.logs.join("")).not.toContain(hash(next));
});

test("a token that is withdrawn while its own request is under way: that is answered, and no other", async () => {
  const release = await h.release();
  const body = JSON.stringify({ release, origin: {} });
  const { digest } = (await h.admin("GET", "/release", { token: h.tokens.deployer })).body;
  const deployer = async () =>
    (await h.admin("GET", "/tokens", { token: h.tokens.reader })).body.admin.find(
      ({ name }: { name: string }) => name === "deployer",
    );
  const known = await deployer();
  const begun = request(`${h.agent.admin}/v1/release`, {
    ...{ method: "PUT", ca: h.ca, agent: false },
    headers: {
      ...{ authorization: `Bearer ${h.tokens.deployer}`, "if-match": `"${digest}"` },
      "content-length": Buffer.byteLength(body),
    },
  });
  const answered = new Promise<number | undefined>((resolve, reject) => {
    begun.once("response", ({ statusCode }) => resolve(statusCode)).once("error", reject);
  });
  begun.write(body.slice(0, 10));
  // it was let in
  await until(async () => (await deployer()).used?.at > known.used.at);
  put({ tokens: h.config.tokens.filter(({ name }) => name !== "deployer") });
  await until(async () => (await status(h.tokens.deployer)) === 401);
  begun.end(body.slice(10));
  expect(await answered).toBe(200);
  expect((await h.admin("GET", "/release", { token: h.tokens.reader })).body.digest).not.toBe(digest);
});

test("a role and an account that are others count from then on", async () => {
  expect(await status(h.tokens.reader, "/tokens")).toBe(200);
  const release = await h.release();
  const deploy = (token: string) =>
    h.admin("PUT", "/release", { token, body: { release, origin: {} }, headers: { "if-none-match": "*" } });
  expect((await deploy(h.tokens.reader)).status).toBe(403);
  put({ tokens: reader(hash(h.tokens.reader), "deployer") });
  await until(() => said("it is deployer, and was reader")[0]);
  expect((await deploy(h.tokens.reader)).status).toBe(412);
});

test("what else differs is told once, and takes effect at the next start", async () => {
  put({ egress: ["login.example.com"], retention: { audit: "400d" } });
  await until(
    () => said("what it says by now of egress, retention takes effect at the agent's next start")[0],
  );
  put({ egress: ["login.example.com"], retention: { audit: "400d" }, tokens: reader(hash(next)) });
  await until(async () => (await status(next)) === 200);
  expect(said("takes effect at the agent's next start")).toHaveLength(1);
});

const takenThen = () => put({ tokens: reader(hash(next)) });
test.each<[string, () => void, string, () => void]>([
  [
    "has too many hashes",
    () => put({ tokens: reader([hash(next), hash("a"), hash("b")]) }),
    "more than two hashes (expected one, or two while the token is replaced)",
    takenThen,
  ],
  ["has no token", () => put({ tokens: [] }), "no admin token", takenThen],
  ["is cut off", () => writeFileSync(file, textOf({}).slice(0, -40)), "agent.yaml:1:", takenThen],
  ["is gone", () => unlinkSync(file), "no such file", takenThen],
  [
    "can be written by others",
    () => {
      put({ tokens: reader(hash(next)) });
      chmodSync(file, 0o666);
    },
    "others can write to it",
    () => chmodSync(file, 0o644),
  ],
])("a file that %s changes nothing, and is told; then it is taken", async (_, spoil, why, mend) => {
  spoil();
  const [problem] = await until(async () => {
    const found = await conditions();
    return found.length > 0 && found;
  });
  expect(problem.message).toContain(why);
  expect(problem.message).toContain("the agent goes on with the admin tokens that it has");
  expect([await status(h.tokens.reader), await status(next)]).toEqual([200, 401]);
  const { body } = await until(() => receiver.of("secrets")[0]);
  expect(body.text).toContain(why);
  expect(said(why).filter((line) => JSON.parse(line).level === 50)).toHaveLength(1);
  mend();
  await until(async () => (await status(next)) === 200);
  expect(await conditions()).toEqual([]);
  expect(said("admin tokens are as it says again")).toHaveLength(1);
});

test("a token that a connector has lets no admin in, and the connector goes on", async () => {
  put({ tokens: reader([hash(h.tokens.reader), hash(h.tokens.scim)]) });
  const [problem] = await until(async () => {
    const found = await conditions();
    return found.length > 0 && found;
  });
  expect(problem.message).toContain("admin token reader of agent.yaml is also a token of connector okta");
  expect([await status(h.tokens.reader), await status(h.tokens.scim)]).toEqual([200, 401]);
  expect((await h.scim("GET", "/Users")).status).toBe(200);
  put({});
  await until(async () => (await conditions()).length === 0);
  expect((await h.scim("GET", "/Users")).status).toBe(200);
});

test("a deploy is judged by the admin tokens of now", async () => {
  const digest = (await h.admin("GET", "/release")).body.digest;
  process.env.SCIM_TEST_ADMIN_NEXT = next;
  try {
    const release = await h.release((draft) => {
      draft.secrets["okta-token"].refs = ["ref+env://SCIM_TEST_ADMIN_NEXT"];
    });
    put({ tokens: reader([hash(h.tokens.reader), hash(next)]) });
    await until(async () => (await status(next)) === 200);
    const deploy = () =>
      h.admin("PUT", "/release", { body: { release, origin: {} }, headers: { "if-match": `"${digest}"` } });
    const refused = await deploy();
    expect(JSON.stringify(refused.body)).toContain("the token is also the admin token reader of agent.yaml");
    put({});
    await until(async () => (await status(next)) === 401);
    expect((await deploy()).status).toBe(200);
  } finally {
    delete process.env.SCIM_TEST_ADMIN_NEXT;
  }
});
