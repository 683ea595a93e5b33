/** `hgscim host check` of a host in these tests, with a mark as the agent lays it down, in this process. */
import { existsSync } from "node:fs";
import { checkConfigured, checkPrograms, readConfigured } from "../../../cli/host/configuration.ts";
import type { HostFinding } from "../../../cli/host/finding.ts";
import { checkFront } from "../../../cli/host/front.ts";
import { change } from "../../agent/mercurial/access.ts";
import { password } from "../../agent/mercurial/world.ts";
import { configuration, type WebHost } from "./host.ts";

const nonce = "0123456789abcdef";

/** What it finds wrong at an address: each with what was found. */
export async function wrongAt(host: WebHost, port: number, scheme = "https"): Promise<string[]> {
  mark(host);
  const findings = await checkFront({
    url: new URL(`${scheme}://localhost:${port}`),
    ca: host.read("/etc/hgscim/tls.pem"),
    repository: "core/api",
    as: { account: "zoe", password, probe: { nonce } },
  });
  return wrongOf(findings);
}

/** What it finds wrong without asking anybody over the network. */
export function wrongIn(host: WebHost): string[] {
  const places = {
    installed: host.path("/usr/share/hgscim"),
    hgrc: host.path(configuration),
    user: host.user,
  };
  const configured = readConfigured(places);
  const config = { environment: "production", access: host.access, repositories: host.path("/srv/hg") };
  const read = "problem" in configured ? checkConfigured(places, configured, config) : [configured];
  return wrongOf([checkPrograms(places), ...read]);
}

function wrongOf(findings: readonly HostFinding[]): string[] {
  return findings.filter(({ state }) => state === "wrong").map(({ check, found }) => `${check}: ${found}`);
}

/** What the agent writes where there is an access file to write to. */
function mark(host: WebHost): void {
  if (!existsSync(host.access)) return;
  change(
    host.access,
    `CREATE TABLE IF NOT EXISTS probes (account TEXT NOT NULL PRIMARY KEY, nonce TEXT NOT NULL, until INTEGER NOT NULL);
     INSERT OR REPLACE INTO probes VALUES ('zoe', '${nonce}', ${Date.now() + 60_000})`,
  );
}
