/** Which files a command can write, found out before anything is begun; and what a person does with the others. */
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { byHand } from "../../../cli/rotate/by-hand.ts";
import { slotPlace } from "../../../cli/rotate/places.ts";
import type { SecretReference } from "../../../model/reference.ts";
import { smallDisk } from "../../agent/small-disk.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-places-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const placeOf = (path: string) => {
  const found = slotPlace(`ref+file://${path}` as SecretReference, {
    beside: undefined,
    onHost: ["  there"],
  });
  if (!found.ok) throw new Error(found.error.reason);
  return found.value;
};
const refused = (reason: unknown, advice: unknown) => ({
  ok: false,
  error: expect.objectContaining({ reason: expect.stringMatching(reason as RegExp), advice }),
});

test("a systemd credential is systemd's", async () => {
  const path = "/run/credentials/hgscim.service/okta-next";
  const told = refused(/is a systemd credential of hgscim\.service, which systemd alone writes/, []);
  expect(await placeOf(path).tried()).toEqual(told);
  expect(await placeOf(path).write("one", undefined)).toEqual(told);
  expect(byHand(`ref+file://${path}` as SecretReference)?.put("the new value")).toBe(
    "Put the new value into the file that LoadCredentialEncrypted=okta-next of hgscim.service names (systemd-creds encrypt --name=okta-next - <file> takes it on standard input), and restart the unit: systemctl restart hgscim.service.",
  );
});

test("a volume of Kubernetes is Kubernetes': nothing is written through its links", async () => {
  mkdirSync(join(folder, "..2026"));
  writeFileSync(join(folder, "..2026", "okta"), "one");
  symlinkSync("..2026", join(folder, "..data"));
  symlinkSync("..data/okta", join(folder, "okta"));
  for (const name of ["okta", "okta-next"]) {
    const place = placeOf(join(folder, name));
    const told = refused(/is in a volume of Kubernetes, which Kubernetes alone writes/, []);
    expect([await place.tried(), await place.write("two", "one")]).toEqual([told, told]);
  }
  expect(await placeOf(join(folder, "okta")).read()).toEqual({ ok: true, value: "one" });
  expect(readFileSync(join(folder, "okta"), "utf8")).toBe("one");
});

test("a plain file can be written; what is tried leaves nothing", async () => {
  const place = placeOf(join(folder, "okta"));
  expect(await place.tried()).toEqual({ ok: true, value: null });
  expect(readdirSync(folder)).toEqual([]);
  // what is there already was written by somebody else just now
  expect(await place.write("two", undefined)).toEqual({ ok: true, value: null });
  expect(await place.write("two", undefined)).toEqual({ ok: true, value: null });
  expect(await place.write("three", undefined)).toEqual(
    refused(/holds another value by now/, expect.anything()),
  );
});

test("a full disk and a read-only mount are told, and leave nothing", async ({ skip }) => {
  const disk = smallDisk();
  try {
    if (!disk.isMounted) skip();
    const place = placeOf(join(disk.folder, "okta"));
    disk.fill();
    expect(await place.tried()).toEqual(refused(/the disk is full/, ["Make room there, and call it again."]));
    disk.clear();
    execFileSync("mount", ["-o", "remount,ro", disk.folder]);
    expect(await place.tried()).toEqual(
      refused(/the file system is read-only/, [
        "Write it where the mount comes from, or mount it so that it can be written.",
      ]),
    );
    expect(readdirSync(disk.folder)).toEqual([]);
  } finally {
    disk.remove();
  }
});
