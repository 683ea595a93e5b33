import { createPrivateKey, X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { selfSignedCertificate } from "../../../provider/plugin/certificate.ts";

const DAY_MS = 24 * 3600_000;

test("a certificate is self-signed, for localhost, as client and server", () => {
  const { der, pem, key } = selfSignedCertificate();
  const certificate = new X509Certificate(der);
  expect(new X509Certificate(pem).raw).toEqual(der);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(certificate.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: "prime256v1" });
  expect(certificate.checkIssued(certificate)).toBe(true);
  expect(certificate.checkHost("localhost", { subject: "never" })).toBe("localhost");
  expect(certificate.checkHost("example.com")).toBeUndefined();
  expect(certificate.subject).toBe("CN=localhost");
  expect(certificate.ca).toBe(true);
  expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1"]);
});

test.each(["2024-02-29T23:59:59Z", "2049-12-20T12:00:00Z", "2063-04-05T00:00:00Z"])(
  "it is valid around its making, to the second: %s",
  (date) => {
    const now = Date.parse(date);
    const { validFrom, validTo } = new X509Certificate(selfSignedCertificate(now).der);
    expect(Date.parse(validFrom)).toBe(now - 60_000);
    expect(Date.parse(validTo)).toBe(now + 30 * DAY_MS);
  },
);

test("two are never the same", () => {
  const [one, other] = [selfSignedCertificate(), selfSignedCertificate()];
  expect(new X509Certificate(one.der).serialNumber).not.toBe(new X509Certificate(other.der).serialNumber);
  expect(one.key).not.toBe(other.key);
});
