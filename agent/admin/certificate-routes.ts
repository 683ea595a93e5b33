/** What certificates the listeners show, for whoever has to renew them in time. */
import type { CertificateList } from "../../api/contract.ts";
import type { Certificates } from "../http/tls/certificates.ts";
import { certificateEnd, hostsNamed } from "../http/tls/pair.ts";
import type { AddRoute } from "./route.ts";

/** Adds the route. */
export function certificateRoutes(route: AddRoute, { all }: Pick<Certificates, "all">): void {
  route(
    "GET",
    "/certificates",
    "reader",
    async (): Promise<CertificateList> => ({
      certificates: all.flatMap(({ listeners, served }) => {
        const { pair, since, isOwn, refused } = served;
        const { serialNumber, fingerprint256, validFrom } = pair.x509;
        return listeners.map((listener) => ({
          listener,
          serial: serialNumber,
          sha256: fingerprint256,
          names: hostsNamed(pair.x509),
          from: Date.parse(validFrom),
          until: certificateEnd(pair),
          since,
          own: isOwn,
          refused: refused?.why ?? null,
        }));
      }),
    }),
  );
}
