/** Looks now and then what the files of the listeners' certificates hold: audits what was replaced, and tells what cannot be taken. */
import type { HealthCondition } from "../../api/contract.ts";
import { isoTime } from "../../report/time.ts";
import type { Certificates, OfListeners } from "../http/tls/certificates.ts";
import { certificateEnd, type Pair } from "../http/tls/pair.ts";
import type { Renewing } from "./renewing.ts";

/** After so many looks, some 10 seconds, somebody is told: two files are not written at once. */
const toldAfter = 3;

export interface CertificateWatch {
  /** What is not taken now. */
  conditions(): HealthCondition[];
  /** Looks at once. */
  look(): void;
}

/** Begins to note and to tell; whoever calls `look` looks. */
export function watchCertificates(certificates: Certificates, { audit, raised }: Renewing): CertificateWatch {
  const told = new Map<OfListeners, string>();
  for (const { served, listeners } of certificates.all)
    served.onReplaced((now, before) => {
      // another chain of the same one
      if (now.x509.raw.equals(before.x509.raw)) return;
      audit(
        listeners.map((target) => ({
          operation: "certificate.replace",
          target,
          detail: `${served.files.certificate}: ${described(now)}, in place of ${described(before)}`,
        })),
      );
    });
  return {
    conditions: () =>
      certificates.all.flatMap(({ served, listeners }) =>
        served.refused
          ? [
              {
                code: "certificateNotTaken",
                message: `${served.refused.why}: ${listeners.join(" and ")} goes on with the certificate that it has, until ${isoTime(certificateEnd(served.pair))}`,
              },
            ]
          : [],
      ),
    look: () => {
      certificates.look();
      for (const one of certificates.all) {
        const { refused } = one.served;
        if (!refused) told.delete(one);
        if (!refused || refused.looks < toldAfter || told.get(one) === refused.why) continue;
        told.set(one, refused.why);
        const summary = `${refused.why}: ${one.listeners.join(" and ")} goes on with the certificate that it has, until ${isoTime(certificateEnd(one.served.pair))}; the agent looks again by itself`;
        raised({
          ...{ kind: "secrets", subject: `certificate ${one.served.files.certificate}` },
          ...{ summary, detail: summary },
        });
      }
    },
  };
}

function described(pair: Pair): string {
  const { serialNumber, fingerprint256 } = pair.x509;
  return `serial ${serialNumber}, SHA-256 ${fingerprint256}, until ${isoTime(certificateEnd(pair))}`;
}
