/** Admin tokens and certificates are replaced by the built command on the host of a real agent: nobody is refused meanwhile. */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadEnvironment } from "../../../model/load.ts";
import { type CertificateOptions, selfSignedCertificate } from "../../../x509/self-signed.ts";
import { until } from "../../agent/alerts/until.ts";
import { shownBy } from "../../agent/renewals/shown-by.ts";
import { send } from "../../agent/request.ts";
import { hgscimAtTerminal } from "../../cli/terminal.ts";
import {
  hash,
  holds,
  killedWhen,
  Load,
  newPair,
  oldToken,
  providersToken,
  startWorld,
  type World,
} from "./world.ts";

let w: World;
beforeEach(async () => {
  w = await startWorld();
});
afterEach(() => w.stop());

const ca = () => readFileSync(w.files.certificate, "utf8");
const health = async (token: string) =>
  (await send(`${w.admin}/v1/health`, { ca: ca(), headers: { authorization: `Bearer ${token}` } })).status;
const config = () => readFileSync(w.config, "utf8");

describe("an admin token", () => {
  test("is replaced under load, and nobody is refused", async () => {
    const before = config();
    const to = join(w.folder, "ci-token");
    writeFileSync(to, `${oldToken}\n`, { mode: 0o640 });
    let hasSwitched = false;
    const token = () => (hasSwitched ? readFileSync(to, "utf8").trim() : oldToken);
    const load = new Load(() => ({ url: `${w.admin}/v1/health`, token: token(), ca: [ca()] }));
    const args = ["--admin-token", "ci", "--to", to, "--quiet", "3s"];

    const begun = await w.rotate(...args, "--once");
    expect(begun).toMatchObject({ code: 1 });
    expect(begun.stdout).toMatch(/old one last used \d+ s ago from 127\.0\.0\.1; new one not used since/);
    expect(begun.stderr).toContain("not yet: nobody has come with the new token");
    const next = readFileSync(to, "utf8").trim();
    expect(next).not.toBe(oldToken);
    expect(statSync(to).mode & 0o777).toBe(0o640);
    const both = before.replace(`"${hash(oldToken)}"`, `["${hash(oldToken)}", "${hash(next)}"]`);
    expect(config()).toBe(both);
    expect(statSync(w.config).mode & 0o777).toBe(0o640);
    expect([await health(oldToken), await health(next)]).toEqual([200, 200]);

    hasSwitched = true;
    const done = await w.rotate(...args, "--json");
    expect(done).toMatchObject({ code: 0 });
    expect(JSON.parse(done.stdout)).toMatchObject({ name: "ci", state: "done", reason: null });
    expect(config()).toBe(before.replace(hash(oldToken), hash(next)));
    expect([await health(oldToken), await health(next)]).toEqual([401, 200]);
    expect(await load.end()).toEqual([]);
    expect(load.answers.length).toBeGreaterThan(50);
    const { text } = await send(`${w.admin}/v1/audit?last=5`, {
      ca: ca(),
      headers: { authorization: `Bearer ${next}` },
    });
    expect(JSON.parse(text).rows.map(({ operation }: { operation: string }) => operation)).toEqual([
      "admin-token.replace",
      "admin-token.replace",
    ]);
    const everything = [begun, done].map(({ stdout, stderr }) => stdout + stderr).join("") + w.logs() + text;
    expect(everything).not.toContain(next);
  });

  test("is given by a file, and withdrawn at once where that is said", async () => {
    const given = join(w.folder, "given");
    const next = "4d1f0c9be27a83655e0b7c1d9f3a2e64";
    writeFileSync(given, `${next}\n`);
    const args = ["--admin-token", "ci", "--value-from", given];
    expect(await w.rotate(...args, "--now")).toMatchObject({ code: 1 });
    expect(await w.rotate(...args, "--once")).toMatchObject({ code: 1 });
    expect([await health(oldToken), await health(next)]).toEqual([200, 200]);
    writeFileSync(given, "another-token-than-the-first-1c9");
    expect((await w.rotate(...args, "--once")).stderr).toContain("is being replaced by another one than");
    const lost = join(w.folder, "lost");
    expect((await w.rotate("--admin-token", "ci", "--to", lost, "--once")).stderr).toContain(
      `${lost} does not hold the new token`,
    );
    expect(await w.rotate("--admin-token", "ci", "--to", lost, "--again", "--once")).toMatchObject({
      code: 1,
    });
    const another = readFileSync(lost, "utf8").trim();
    expect([await health(oldToken), await health(next), await health(another)]).toEqual([200, 401, 200]);
    const done = await w.rotate("--admin-token", "ci", "--now");
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect([await health(oldToken), await health(another)]).toEqual([401, 200]);
  });

  test("is shown once at a terminal, and nowhere else", async () => {
    const shown = await hgscimAtTerminal(
      ["rotate", "--config", w.config, "--admin-token", "ci", "--show", "--once"],
      { cwd: w.folder },
    );
    const [next = ""] = /^ {2}[0-9a-f]{64}(?=\r?$)/m.exec(shown) ?? [];
    expect([await health(oldToken), await health(next.trim())]).toEqual([200, 200]);
    expect(w.logs()).not.toContain(next.trim());
  });

  test("that is written by hand is taken at SIGHUP, and refused where the file is broken", async () => {
    const next = "another-token-that-is-written";
    writeFileSync(
      w.config,
      config().replace(`"${hash(oldToken)}"`, `["${hash(oldToken)}", "${hash(next)}"]`),
    );
    w.hangUp();
    await until(async () => (await health(next)) === 200);
    writeFileSync(w.config, `${config()}  - { name: no }\n`);
    const refused = await w.rotate("--admin-token", "ci", "--now");
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/agent\.yaml:\d+:\d+: missing "role"/);
    w.hangUp();
    await until(() => /agent\.yaml:\d+:\d+: missing/.test(w.logs()));
    expect(await health(next)).toBe(200);
  });

  test("that is a connector's is not taken: the old one alone goes on", async () => {
    const loaded = await loadEnvironment("environments/local.yaml");
    const release = loaded.ok && loaded.value.release;
    const headers = { authorization: `Bearer ${oldToken}`, "if-none-match": "*" };
    const body = JSON.stringify({ release, origin: { sources: {} } });
    expect((await send(`${w.admin}/v1/release`, { method: "PUT", ca: ca(), headers, body })).status).toBe(
      200,
    );
    const [before, given, to] = [config(), join(w.folder, "given"), join(w.folder, "ci-token")];
    writeFileSync(given, providersToken);
    const refused = await w.rotate("--admin-token", "ci", "--value-from", given, "--to", to, "--once");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("is also a token of connector okta (expected one of its own)");
    expect(refused.stderr).toContain("agent.yaml has the old hash alone again.");
    expect(config()).toBe(before);
    expect([existsSync(to), existsSync(`${to}.hgscim-new`)]).toEqual([false, false]);
    expect(await health(oldToken)).toBe(200);
  });

  test.each<[string, (to: string) => boolean]>([
    ["before agent.yaml has it", (to) => existsSync(`${to}.hgscim-new`)],
    ["before its file has it", () => holds(w.config, `["${hash(oldToken)}"`)],
    ["before it waits", (to) => existsSync(to)],
  ])("goes on where kill -9 left it: %s", async (_, isSo) => {
    const to = join(w.folder, "ci-token");
    const args = ["--admin-token", "ci", "--to", to];
    await killedWhen(w.command(...args), () => isSo(to));
    expect(await health(oldToken)).toBe(200);
    expect(await w.rotate(...args, "--once")).toMatchObject({ code: 1 });
    const next = readFileSync(to, "utf8").trim();
    expect(await health(next)).toBe(200);
    await killedWhen(w.command(...args, "--now"), () => !holds(w.config, hash(oldToken)));
    await until(async () => (await health(oldToken)) === 401);
    expect(await health(next)).toBe(200);
    expect(holds(w.config, hash(next))).toBe(true);
    expect(existsSync(`${to}.hgscim-new`)).toBe(false);
  });
});

describe("a certificate", () => {
  const made = (options?: CertificateOptions) => newPair(w.folder, options);
  const serialIn = async (...args: string[]) =>
    JSON.parse((await w.rotate("--certificate", "admin", "--json", ...args)).stdout).serial;

  test("is replaced under load, and no handshake fails", async () => {
    const first = await shownBy(w.admin);
    const said = await w.rotate("--certificate", "admin");
    expect(said).toMatchObject({ code: 0, stderr: "" });
    expect(said.stdout).toContain(`admin shows serial ${first}`);
    const old = ca();
    const next = made();
    const load = new Load(() => ({ url: `${w.admin}/v1/health`, token: oldToken, ca: [old, next.pem] }));
    const done = await w.rotate("--certificate", "admin", "--from", next.from);
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect(done.stdout).toContain("its authority is itself");
    expect(done.stdout).toContain("Whoever delivers must trust the new authority, too.");
    expect(await load.end()).toEqual([]);
    expect(load.answers.length).toBeGreaterThan(20);
    expect(await shownBy(w.admin)).not.toBe(first);
    expect([ca(), readFileSync(w.files.key, "utf8")]).toEqual([next.pem, next.key]);
    expect(statSync(w.files.key).mode & 0o777).toBe(0o600);
    expect(existsSync(`${w.files.key}.hgscim-before`)).toBe(false);
    // twice does no harm
    expect(await w.rotate("--certificate", "admin", "--from", next.from)).toMatchObject({ code: 0 });
  });

  test("of another key, or in the place of a link, is refused", async () => {
    const next = made();
    writeFileSync(next.files.key, selfSignedCertificate().key);
    const other = await w.rotate("--certificate", "admin", "--from", next.from);
    expect(other.stderr).toContain("is not the private key of the certificate");
    renameSync(w.files.certificate, join(w.folder, "tls/tls0.pem"));
    symlinkSync("tls0.pem", w.files.certificate);
    const linked = await w.rotate("--certificate", "admin", "--from", made().from);
    expect(linked).toMatchObject({ code: 1 });
    expect(linked.stderr).toContain("is a link, which whoever made it swaps");
  });

  test("goes on where kill -9 left it between its two files", async () => {
    const [first, old] = [await shownBy(w.admin), ca()];
    const next = made();
    await killedWhen(w.command("--certificate", "admin", "--from", next.from), () =>
      existsSync(`${w.files.key}.hgscim-before`),
    );
    // exactly what a kill between the two renames leaves
    writeFileSync(w.files.certificate, old);
    writeFileSync(w.files.key, next.key);
    writeFileSync(`${w.files.key}.hgscim-before`, "what was there");
    const said = await w.rotate("--certificate", "admin");
    expect(said).toMatchObject({ code: 1 });
    expect(said.stdout).toContain("a call was interrupted: call it again with its --from");
    expect(await w.rotate("--certificate", "admin", "--from", next.from)).toMatchObject({ code: 0 });
    expect(await shownBy(w.admin)).not.toBe(first);
    expect(ca()).toBe(next.pem);
  });

  test("of which one file cannot be written is taken back", async () => {
    const [serial, before, key] = [await shownBy(w.admin), ca(), readFileSync(w.files.key, "utf8")];
    mkdirSync(`${w.files.certificate}.hgscim-part/in-the-way`, { recursive: true });
    const refused = await w.rotate("--certificate", "admin", "--from", made().from);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain("the certificate of before is in its place again");
    expect([await shownBy(w.admin), ca(), readFileSync(w.files.key, "utf8")]).toEqual([serial, before, key]);
  });

  test("that the agent does not show is taken back", async () => {
    const elsewhere = join(w.folder, "elsewhere");
    for (const [end, file] of [
      ["pem", w.files.certificate],
      ["key", w.files.key],
    ] as const)
      writeFileSync(`${elsewhere}.${end}`, readFileSync(file));
    const [pem, key] = [readFileSync(`${elsewhere}.pem`, "utf8"), readFileSync(`${elsewhere}.key`, "utf8")];
    // of another place the agent knows at its next start
    writeFileSync(
      w.config,
      config().replace("tls/tls.pem", "elsewhere.pem").replace("tls/tls.key", "elsewhere.key"),
    );
    const refused = await w.rotate("--certificate", "admin", "--from", made().from);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain("the one before is in its place again");
    expect([readFileSync(`${elsewhere}.pem`, "utf8"), readFileSync(`${elsewhere}.key`, "utf8")]).toEqual([
      pem,
      key,
    ]);
  });

  test("of the agent itself is made anew", async () => {
    const first = await shownBy(w.scim);
    const file = join(w.folder, "data/tls/certificate.pem");
    expect((await w.rotate("--certificate", "scim", "--from", made().from)).stderr).toContain(
      "scim has the agent's own certificate",
    );
    const before = readFileSync(file, "utf8");
    expect(await w.rotate("--certificate", "scim", "--self-signed")).toMatchObject({ code: 0, stderr: "" });
    expect(await shownBy(w.scim)).not.toBe(first);
    expect(readFileSync(file, "utf8")).not.toBe(before);
    expect(await serialIn()).toBe(await shownBy(w.admin));
  });
});
