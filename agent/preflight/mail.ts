/** The e-mail server of agent.yaml, where a release sends alerts by e-mail: it is spoken to as far as the log-in, and nothing is sent. */
import type { PreflightCheck } from "../../api/preflight.ts";
import { mailAddresses } from "../../model/mail-address.ts";
import type { Release } from "../../model/release.ts";
import type { Milliseconds } from "../../model/time.ts";
import { type Fault, failedCheck, type LookedAt, passed } from "../../preflight/check.ts";
import { ofVariable } from "../../preflight/owner.ts";
import { listed } from "../../report/words.ts";
import { destinationsOf } from "../alerts/routing.ts";
import { allowsMailTo, type HostRules } from "../config.ts";
import type { Resolve } from "./secrets.ts";

const patience: Milliseconds = 4_000;

/** One for each variable with e-mail addresses. */
export async function mailChecks(
  release: Release,
  host: HostRules,
  resolve: Resolve,
): Promise<PreflightCheck[]> {
  const names = destinationsOf(release).filter((name) => release.variables[name]?.type === "string");
  if (names.length === 0) return [];
  const fault = await faultOfServer(host, resolve);
  return names.map((name) => {
    const looked: LookedAt = { subject: "endpoint", ...ofVariable(release, name), what: "e-mails of alerts" };
    const variable = release.variables[name];
    const addresses = variable?.type === "string" ? (mailAddresses(variable.value ?? "") ?? []) : [];
    const refused = addresses.filter((address) => !allowsMailTo(host, address));
    if (refused.length > 0)
      return failedCheck(looked, {
        found: `the agent's configuration does not allow e-mails to ${listed(refused)}`,
        expected: `an address that mail.to in agent.yaml names (${host.mail?.to.join(", ") ?? "there is no mail"})`,
        mend: `correct ${name}, or have the address added to mail in agent.yaml`,
      });
    return fault
      ? failedCheck(looked, fault)
      : passed(looked, `${host.mail?.server} takes e-mails of the agent`);
  });
}

/** What is wrong with the server; undefined where nothing is. */
async function faultOfServer({ mail }: HostRules, resolve: Resolve): Promise<Fault | undefined> {
  if (!mail) return undefined;
  const { server, auth } = mail;
  const password = auth && (await resolve(auth.password));
  if (password && !password.ok)
    return {
      found: `mail.auth.password: ${password.error}`,
      expected: "the password, on the agent's host",
      mend: "put it where the reference of agent.yaml points",
    };
  const { transportTo } = await import("../alerts/transport.ts");
  const transport = transportTo(mail, password?.value, patience);
  try {
    await transport.verify();
    return undefined;
  } catch (error) {
    return whyNot(server, error);
  } finally {
    transport.close();
  }
}

/** By the codes of nodemailer: the sentences of servers name hosts and people. */
function whyNot(server: string, error: unknown): Fault {
  const { code = "", responseCode } = error as { readonly code?: string; readonly responseCode?: number };
  const answered = responseCode === undefined ? "" : `, ${responseCode}`;
  const whys: Readonly<Record<string, readonly [found: string, expected: string, mend: string]>> = {
    EAUTH: [
      "does not take the password",
      "that it lets the agent in",
      "correct mail.auth in agent.yaml, or its password",
    ],
    ETLS: [
      "does not offer TLS, or its certificate is not in order",
      "TLS as mail.tls says",
      "have its certificate renewed, or correct mail.tls in agent.yaml",
    ],
    ESOCKET: [
      "cannot be reached, or its certificate is not in order",
      "an answer",
      "start it, let this host reach it, or have its certificate renewed",
    ],
    ECONNECTION: ["cannot be reached", "an answer", "start it, or let this host reach it"],
    ETIMEDOUT: ["does not answer in time", "an answer", "start it, or let this host reach it"],
    EDNS: ["has a name that nobody knows", "a host", "correct mail.server in agent.yaml"],
  };
  const [found, expected, mend] = whys[code] ?? [
    "does not answer as an e-mail server does",
    "SMTP",
    "correct mail.server in agent.yaml",
  ];
  return { found: `${server} ${found} (${code || "no code"}${answered})`, expected, mend };
}
