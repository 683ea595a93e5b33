/** When the certificates end that the host gives the listeners. The agent's own is made anew in time. */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Time } from "../../../model/time.ts";
import type { AgentConfig } from "../../config.ts";

/** Each file once, with the end of its first certificate; one that cannot be read is left out. */
export function endingCertificates({
  scim,
  admin,
}: Pick<AgentConfig, "scim" | "admin">): { readonly what: string; readonly expires: Time }[] {
  const files = [scim, admin].flatMap(({ tls }) => (typeof tls === "object" ? tls.certificate : []));
  return [...new Set(files)].flatMap((file) => {
    try {
      const { validTo } = new X509Certificate(readFileSync(file));
      return { what: `the certificate ${file}`, expires: Date.parse(validTo) };
    } catch {
      return [];
    }
  });
}
