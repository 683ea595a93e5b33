/** What `hgscim rotate` refuses on the host of a real agent changes nothing there. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CertificateOptions } from "../../../x509/self-signed.ts";
import { shownBy } from "../../agent/renewals/shown-by.ts";
import { newPair, startWorld, type World } from "./world.ts";

const day = 24 * 3600_000;

let w: World;
beforeAll(async () => {
  w = await startWorld();
});
afterAll(() => w.stop());

const ca = () => readFileSync(w.files.certificate, "utf8");
const config = () => readFileSync(w.config, "utf8");

describe("an admin token", () => {
  test.each<[string, string[], number, string]>([
    ["a name that is misspelt", ["--admin-token", "cii", "--to", "x"], 1, 'did you mean "ci"?'],
    ["no place", ["--admin-token", "ci"], 2, "where does the new token go?"],
    ["no terminal", ["--admin-token", "ci", "--show"], 2, "--show needs a terminal"],
    ["nothing to do", [], 2, "what is to be replaced?"],
    [
      "an option of certificates",
      ["--admin-token", "ci", "--from", "a,b"],
      2,
      "--from says nothing about --admin-token",
    ],
    ["no time", ["--admin-token", "ci", "--to", "x", "--quiet", "soon"], 2, '--quiet is "soon"'],
    [
      "an option of tokens",
      ["--certificate", "admin", "--show"],
      2,
      "--show says nothing about --certificate",
    ],
    [
      "another listener",
      ["--certificate", "admni"],
      2,
      '--certificate is "admni" (expected one of scim, admin, did you mean "admin"?)',
    ],
    [
      "a folder",
      ["--admin-token", "ci", "--to", "."],
      1,
      "--to . is a folder (expected a file, such as token)",
    ],
    [
      "no folder",
      ["--admin-token", "ci", "--to", "none/ci"],
      1,
      "--to none/ci: the folder none is not there (expected one that is)",
    ],
    ["no file", ["--admin-token", "ci", "--to", "/dev/null"], 1, "--to /dev/null is no file"],
    [
      "back and forth",
      ["--admin-token", "ci", "--undo", "--now"],
      2,
      "--undo takes the new token back (expected it without --now, --again, --show and --value-from)",
    ],
    [
      "back and forth of a certificate",
      ["--certificate", "admin", "--undo", "--self-signed"],
      2,
      "--undo takes the new certificate back",
    ],
    [
      "half a pair",
      ["--certificate", "admin", "--from", "a"],
      2,
      '--from is "a" (expected the certificate and its key',
    ],
  ])("is refused with %s", async (_, args, code, why) => {
    const before = config();
    const refused = await w.rotate(...args);
    expect(refused).toMatchObject({ code, stdout: "" });
    expect(refused.stderr).toContain(why);
    expect(config()).toBe(before);
  });
});

describe("a certificate", () => {
  test("of a listener whose port nobody knows is not asked for", async () => {
    const other = join(w.folder, "any-port.yaml");
    writeFileSync(other, config().replace(new URL(w.scim).host, "127.0.0.1:0"));
    const refused = await w.rotate("--certificate", "scim", "--config", other);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain("scim listens on any port, so nobody knows which");
  });

  test.each<[string, CertificateOptions, string]>([
    ["has expired", { now: Date.now() - 400 * day }, "has expired"],
    ["lacks a name", { hosts: ["127.0.0.1"] }, "is not for hg.example.com, as the present one is"],
    ["ends sooner", { lifetime: day }, "(expected a later end)"],
  ])("that %s is refused, and nothing is written", async (_, options, why) => {
    const [before, serial] = [ca(), await shownBy(w.admin)];
    const refused = await w.rotate("--certificate", "admin", "--from", newPair(w.folder, options).from);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain(why);
    expect([ca(), await shownBy(w.admin)]).toEqual([before, serial]);
  });
});
