/** What is beside the agent: the Mercurial host, and the certificates of the agent's own listeners. */
import type { PreflightCheck } from "../../api/preflight.ts";
import type { Milliseconds, Time } from "../../model/time.ts";
import { failedCheck, type LookedAt, passed, unlooked, warned } from "../../preflight/check.ts";
import { describeDuration } from "../../report/duration.ts";
import { isoTime } from "../../report/time.ts";
import type { AgentConfig } from "../config.ts";
import type { Certificates } from "../http/tls/certificates.ts";
import { laidBeside } from "../http/tls/next.ts";
import { nextShownFrom } from "../http/tls/own.ts";
import { certificateEnd } from "../http/tls/pair.ts";
import type { Probed } from "../mercurial/access-rows.ts";
import { askHost } from "../mercurial/host-probe.ts";
import type { Resolve } from "./secrets.ts";

/** How long before its end a certificate is told. */
const ahead: Milliseconds = 14 * 86_400_000;

export interface HostParts {
  readonly config: Pick<AgentConfig, "host">;
  readonly certificates: Pick<Certificates, "all">;
  /** Has Mercurial tell a nonce to who asks as an account and is refused; null: no longer. */
  readonly mark: (account: string, probe: Probed | null) => Promise<void>;
  readonly resolve: Resolve;
  readonly now: Time;
  /** By the system's clock, as those who connect judge certificates. */
  readonly system: Time;
}

/** The host, as somebody who may read nothing; and the listeners' certificates. */
export async function hostChecks({
  config,
  certificates,
  mark,
  resolve,
  now,
  system,
}: HostParts): Promise<PreflightCheck[]> {
  return [
    ...certificateChecks(certificates, system),
    await mercurial(config.host?.probe, { mark, resolve, now }),
  ];
}

async function mercurial(
  probe: NonNullable<AgentConfig["host"]>["probe"],
  asking: Pick<HostParts, "mark" | "resolve" | "now">,
): Promise<PreflightCheck> {
  const looked: LookedAt = { subject: "host", name: "host.probe", what: "refusal of who may read nothing" };
  if (!probe)
    return unlooked(
      looked,
      "agent.yaml has no host.probe",
      "declare it (docs/verification.md), or run hgscim host check on the host",
    );
  const asked = await askHost(probe, { ...asking, patience: 4_000 });
  if (!asked.ok)
    return failedCheck(looked, {
      found: asked.error,
      expected: "403 of the extension, with the agent's mark",
      mend: "run hgscim host check on the host: it says what of it is wrong",
    });
  return asked.value.length === 0
    ? passed(looked, `${probe.url} refuses by the extension, with the agent's mark`)
    : failedCheck(looked, {
        found: asked.value.join("; "),
        expected: "403 of the extension, with the agent's mark",
        mend: "run hgscim host check on the host: it says what of it is wrong",
      });
}

/** The agent's own is made anew in time, and is told of where it could not be. */
function certificateChecks({ all }: HostParts["certificates"], system: Time): PreflightCheck[] {
  return all.flatMap(({ served, listeners }) => {
    const { refused, isOwn, files } = served;
    const looked: LookedAt = {
      ...{ subject: "host", name: files.certificate, what: `certificate of ${listeners.join(" and ")}` },
    };
    const expires = certificateEnd(served.pair);
    const mend = "renew it: the agent takes the new file itself";
    if (expires <= system)
      return failedCheck(looked, {
        found: `it ended ${isoTime(expires)}`,
        expected: "one that is valid",
        mend,
      });
    if (refused)
      return warned(looked, {
        found: `what the files hold is not served: ${refused.why}`,
        expected: "the certificate and its key, whole",
        mend: "put both there: the agent takes them itself",
      });
    if (expires - system < ahead)
      return warned(looked, {
        found: `it ends in ${describeDuration(expires - system)} (${isoTime(expires)})`,
        expected: "14 days or more",
        mend,
      });
    const next = laidBeside(files)?.pair;
    if (isOwn && next)
      return warned(looked, {
        found: `the next one lies beside it, and is shown from ${isoTime(nextShownFrom(served.pair, next))} on`,
        expected: "both in each copy of the file",
        mend: "copy it anew to whoever has a copy, such as HGSCIM_CA of whoever deploys",
      });
    return isOwn ? [] : passed(looked, `valid until ${isoTime(expires)}`);
  });
}
