import { execFileSync } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { selfSignedCertificate } from "../../x509/self-signed.ts";

const day = 24 * 3600_000;

test("a certificate is self-signed, for localhost, as client and server", () => {
  const { der, pem, key } = selfSignedCertificate();
  const certificate = new X509Certificate(der);
  expect(new X509Certificate(pem).raw).toEqual(der);
  expect(pem).toMatch(/^-----BEGIN CERTIFICATE-----\n([\w+/=]{1,64}\n)+-----END CERTIFICATE-----\n$/);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(certificate.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: "prime256v1" });
  expect(certificate.checkIssued(certificate)).toBe(true);
  expect(certificate.checkHost("localhost", { subject: "never" })).toBe("localhost");
  expect(certificate.checkHost("example.com")).toBeUndefined();
  expect(certificate.subject).toBe(`CN=localhost\nserialNumber=${certificate.serialNumber.toLowerCase()}`);
  expect(certificate.ca).toBe(true);
  expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1"]);
});

test("it is for the names and addresses that it was made for, and for no other", () => {
  const hosts = ["localhost", "127.0.0.1", "::1"];
  const certificate = new X509Certificate(selfSignedCertificate({ hosts }).der);
  expect(certificate.subjectAltName).toBe("DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1");
  expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
  expect(certificate.checkIP("127.0.0.2")).toBeUndefined();
  expect(certificate.checkIP("::2")).toBeUndefined();

  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
      const made = new X509Certificate(selfSignedCertificate({ hosts: [address] }).der);
      expect(made.checkIP(address)).toBe(address);
    }),
    { numRuns: 50 },
  );
});

test("openssl finds nothing wrong with it, however strict", () => {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-x509-"));
  const file = join(folder, "certificate.pem");
  writeFileSync(file, selfSignedCertificate({ hosts: ["localhost", "127.0.0.1"] }).pem);
  const strict = ["-x509_strict", "-check_ss_sig", "-purpose", "sslserver", "-verify_ip", "127.0.0.1"];
  const said = execFileSync("openssl", ["verify", ...strict, "-CAfile", file, file], { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  expect(said).toBe(`${file}: OK\n`);
});

test.each(["2024-02-29T23:59:59Z", "2049-12-20T12:00:00Z", "2063-04-05T00:00:00Z"])(
  "it is valid around its making, to the second: %s",
  (date) => {
    const now = Date.parse(date);
    const { validFrom, validTo } = new X509Certificate(selfSignedCertificate({ now }).der);
    expect(Date.parse(validFrom)).toBe(now - 60_000);
    expect(Date.parse(validTo)).toBe(now + 30 * day);
    const { validTo: later } = new X509Certificate(selfSignedCertificate({ now, lifetime: 400 * day }).der);
    expect(Date.parse(later)).toBe(now + 400 * day);
  },
);

test("two are never the same", () => {
  const [one, other] = [selfSignedCertificate(), selfSignedCertificate()];
  expect(new X509Certificate(one.der).serialNumber).not.toBe(new X509Certificate(other.der).serialNumber);
  expect(one.key).not.toBe(other.key);
});
