/** Certificates are replaced by the built command on the host of a real agent: nobody is refused who trusts what their file holds. */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type CertificateOptions, selfSignedCertificate } from "../../../x509/self-signed.ts";
import { until } from "../../agent/alerts/until.ts";
import { Authority } from "../../agent/renewals/authority.ts";
import { shownBy } from "../../agent/renewals/shown-by.ts";
import { hgscimAtTerminal } from "../../cli/terminal.ts";
import { long } from "../../long.ts";
import { killedWhen, Load, newPair, oldToken, startWorld, type World } from "./world.ts";

let w: World;
beforeEach(async () => {
  w = await startWorld();
});
afterEach(() => w.stop());

const ca = () => readFileSync(w.files.certificate, "utf8");
const key = () => readFileSync(w.files.key, "utf8");
const beside = () => ["new", "before"].filter((end) => existsSync(`${w.files.key}.hgscim-${end}`));
const made = (options?: CertificateOptions) => newPair(w.folder, options);
const rotate = (...args: string[]) => w.rotate("--certificate", "admin", ...args);

test("the new one is laid beside, and shown once those who connect trust both: no handshake fails", async () => {
  const [first, old, before] = [await shownBy(w.admin), ca(), key()];
  const said = await rotate();
  expect(said).toMatchObject({ code: 0, stderr: "" });
  expect(said.stdout).toContain(`shown by admin: serial ${first}`);
  const next = made();
  const load = new Load(() => ({ url: `${w.admin}/v1/health`, token: oldToken, ca: [ca()] }));

  for (const args of [[], ["--once"]]) {
    const asked = await rotate("--from", next.from, ...args);
    expect(asked).toMatchObject({ code: 0 });
    expect(asked.stdout).toContain("nothing was begun (--yes begins a rotation)");
    expect([ca(), beside()]).toEqual([old, []]);
  }

  const laid = await rotate("--from", next.from, "--yes");
  expect(laid).toMatchObject({ code: 1 });
  expect(laid.stdout).toContain(`${w.files.certificate} holds both.`);
  expect(laid.stdout).toContain("Whoever deploys, terraform and hgscim: put a copy of");
  expect(laid.stdout).toMatch(/Of late came ci from 127\.0\.0\.1, \d+ s ago/);
  expect(laid.stderr).toContain("not yet: it is shown by a call in");
  expect([ca(), key(), beside()]).toEqual([old + next.pem, before, ["new"]]);
  expect(await shownBy(w.admin)).toBe(first);
  expect(statSync(`${w.files.key}.hgscim-new`).mode & 0o777).toBe(0o600);
  expect((await rotate()).stdout).toContain("The next one lies beside it since");
  expect(await rotate("--from", made().from, "--once")).toMatchObject({ code: 1 });
  expect((await rotate("--from", made().from)).stderr).toContain("another certificate lies beside already");
  expect(JSON.parse((await rotate("--once", "--json")).stdout)).toMatchObject({
    ...{ listener: "admin", state: "waiting", serial: first },
    next: { names: ["127.0.0.1", "hg.example.com"] },
  });

  await until(async () => (await rotate("--once", "--quiet", "1s")).code === 0);
  expect(await shownBy(w.admin)).not.toBe(first);
  expect([ca(), key(), beside()]).toEqual([next.pem, next.key, []]);
  expect(statSync(w.files.key).mode & 0o777).toBe(0o600);
  expect(await load.end()).toEqual([]);
  expect(load.answers.length).toBeGreaterThan(20);
  expect((await rotate("--once")).stdout).toContain("nothing was begun");
});

test("at a terminal a person is asked before each step, and who says no has changed nothing", async () => {
  const [old, next] = [ca(), made()];
  const asked = (answer: string) =>
    hgscimAtTerminal(
      ["rotate", "--config", w.config, "--certificate", "admin", "--from", next.from],
      { cwd: w.folder },
      answer,
    );
  expect(await asked("no")).toMatch(
    /Lay the new certificate beside the present one\?[\s\S]*Nothing was changed/,
  );
  expect(ca()).toBe(old);
  expect(await asked("yes")).toContain("Do they all trust both by now?");
  expect(ca()).toBe(next.pem);
});

test("it is taken back, and shown at once, where that is said", async () => {
  const [first, old, before] = [await shownBy(w.admin), ca(), key()];
  const none = await rotate("--undo", "--yes");
  expect(none).toMatchObject({ code: 0, stdout: "There is no new certificate to take back.\n" });
  expect(await rotate("--now", "--yes")).toMatchObject({ code: 2 });
  const next = made();
  await rotate("--from", next.from, "--yes");
  expect(await rotate("--undo")).toMatchObject({ code: 2 });
  expect(await rotate("--undo", "--yes")).toMatchObject({ code: 0 });
  expect([ca(), key(), beside(), await shownBy(w.admin)]).toEqual([old, before, [], first]);

  expect((await rotate("--from", next.from, "--now")).stdout).toContain("nothing was begun");
  expect(await rotate("--from", next.from, "--now", "--yes")).toMatchObject({ code: 0, stderr: "" });
  expect([ca(), key(), beside()]).toEqual([next.pem, next.key, []]);
  // the old one cannot be taken out
  const inTheWay = `${w.files.certificate}.hgscim-part`;
  const last = made({ lifetime: 400 * 24 * 3600_000 });
  await rotate("--from", last.from, "--yes");
  mkdirSync(join(inTheWay, "something"), { recursive: true });
  const stopped = await rotate("--now", "--yes");
  expect(stopped).toMatchObject({ code: 1 });
  expect(stopped.stderr).toContain(
    "the new certificate is shown by admin, and the old one stays in the file beside it",
  );
  expect(await shownBy(w.admin)).toBe(last.serial);
  rmSync(inTheWay, { recursive: true });
  expect(await rotate("--once")).toMatchObject({ code: 0, stderr: "" });
  expect([ca(), key(), beside()]).toEqual([last.pem, last.key, []]);
});

long(
  "one of another authority is shown when a person says that it is trusted, and one of the same without a word",
  async () => {
    const root = new Authority(w.folder, "a root");
    const signed = (name: string, days: number) => {
      const { pem, key } = root.sign(["127.0.0.1", "hg.example.com"], { days });
      const files = [join(w.folder, `${name}.pem`), join(w.folder, `${name}.key`)] as const;
      writeFileSync(files[0], pem);
      writeFileSync(files[1], key);
      return { pem, from: files.join() };
    };
    const [first, second] = [signed("first", 90), signed("second", 91)];
    const asked = await rotate("--from", first.from);
    expect(asked.stdout).toContain("nothing was begun");
    expect(ca()).not.toBe(first.pem);
    const done = await rotate("--from", first.from, "--yes");
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect(done.stdout).toContain("warning: the authority of");
    expect(done.stdout).toContain("put the new authority beside the old one where delivery.agent.ca");
    expect([ca(), beside()]).toEqual([first.pem, []]);
    expect(await rotate("--from", second.from)).toMatchObject({ code: 0, stderr: "" });
    expect([ca(), beside()]).toEqual([second.pem, []]);
  },
);

test("one of another key, or in the place of a link, is refused", async () => {
  const next = made();
  writeFileSync(next.files.key, selfSignedCertificate().key);
  const other = await rotate("--from", next.from, "--yes");
  expect(other.stderr).toContain("is not the private key of the certificate");
  renameSync(w.files.certificate, join(w.folder, "tls/tls0.pem"));
  symlinkSync("tls0.pem", w.files.certificate);
  const linked = await rotate("--from", made().from, "--yes");
  expect(linked).toMatchObject({ code: 1 });
  expect(linked.stderr).toContain("is a link, which whoever made it swaps");
});

long.each<[string, () => boolean]>([
  ["before the file holds both", () => beside().includes("new")],
  ["before the key is in its place", () => beside().includes("before")],
  ["before the old one is taken out", () => beside().join() === "before"],
])("it goes on where kill -9 left it: %s", async (_, isSo) => {
  const [first, next] = [await shownBy(w.admin), made()];
  const args = ["--from", next.from, "--now", "--yes"];
  await killedWhen(w.command("--certificate", "admin", ...args), isSo);
  // whatever was left is a pair
  await w.restart();
  expect([first, next.serial]).toContain(await shownBy(w.admin));
  expect(await rotate(...args)).toMatchObject({ code: 0 });
  expect([ca(), beside(), await shownBy(w.admin)]).toEqual([next.pem, [], next.serial]);
});

test("of which one file cannot be written, it is as it was", async () => {
  const [serial, before, keyBefore] = [await shownBy(w.admin), ca(), key()];
  mkdirSync(`${w.files.certificate}.hgscim-part/in-the-way`, { recursive: true });
  const refused = await rotate("--from", made().from, "--yes");
  expect(refused).toMatchObject({ code: 1, stdout: expect.any(String) });
  expect([await shownBy(w.admin), ca(), key(), beside()]).toEqual([serial, before, keyBefore, []]);
});

long("one that the agent does not show is taken back", async () => {
  const elsewhere = join(w.folder, "elsewhere");
  for (const [end, content] of [
    ["pem", ca()],
    ["key", key()],
  ] as const)
    writeFileSync(`${elsewhere}.${end}`, content);
  const held = () => ["pem", "key"].map((end) => readFileSync(`${elsewhere}.${end}`, "utf8"));
  const before = held();
  // of another place the agent knows at its next start
  writeFileSync(
    w.config,
    readFileSync(w.config, "utf8")
      .replace("tls/tls.pem", "elsewhere.pem")
      .replace("tls/tls.key", "elsewhere.key"),
  );
  const refused = await rotate("--from", made().from, "--now", "--yes");
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stderr).toContain("the one before is in its place again");
  expect(held()).toEqual(before);
  expect(existsSync(`${elsewhere}.key.hgscim-new`)).toBe(false);
});

test("the agent's own is laid beside as well, and shown once its file was copied", async () => {
  const first = await shownBy(w.scim);
  const file = join(w.folder, "data/tls/certificate.pem");
  const own = (...args: string[]) => w.rotate("--certificate", "scim", ...args);
  expect((await own("--from", made().from)).stderr).toContain("scim has the agent's own certificate");
  const before = readFileSync(file, "utf8");
  expect(await own("--self-signed", "--yes")).toMatchObject({ code: 1 });
  expect(await shownBy(w.scim)).toBe(first);
  const both = readFileSync(file, "utf8");
  expect(both.startsWith(before)).toBe(true);
  await w.restart();
  expect(await shownBy(w.scim)).toBe(first);
  expect(await own("--self-signed", "--now", "--yes")).toMatchObject({ code: 0, stderr: "" });
  expect(await shownBy(w.scim)).not.toBe(first);
  expect(before + readFileSync(file, "utf8")).toBe(both);
});
