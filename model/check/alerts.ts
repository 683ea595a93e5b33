/** Whether alerts can be sent, and can ever be: what nobody declares never happens. */
import type { Path } from "../document.ts";
import { milliseconds } from "../duration.ts";
import { type Alert, connectorEvents } from "../environment/alert.ts";
import { isLoopback } from "../environment/common.ts";
import { mailAddresses } from "../mail-address.ts";
import { hint } from "../nearest.ts";
import { type Context, own } from "./context.ts";

/** What a connector must declare for an event to happen. */
const causes = { "cycle-late": "cycle", quarantined: "quarantine" } as const;

/** What is gathered longer is told too late. */
const longestCoolDown = "1d";

/** Reports what is wrong with the alerts of an environment. */
export function checkAlerts(context: Context): void {
  const { environment, report } = context;
  const known = Object.keys(environment.connectors);
  const seen = new Map<string, number>();
  const signing = new Map<string, string | undefined>();
  environment.alerts.forEach((alert, index) => {
    const { to, on, connectors } = alert;
    const path = ["alerts", index];
    checkDestination(context, path, alert, signing);
    connectors?.forEach((name, i) => {
      if (!own(environment.connectors, name))
        report(
          [...path, "connectors", i],
          "unknown-name",
          () => `no connector "${name}" ${hint("a connector", name, known)}`,
        );
    });
    const meant = (connectors ?? known).flatMap((name) => own(environment.connectors, name) ?? []);
    on.forEach((event, i) => {
      const at = [...path, "on", i];
      if (connectors && !connectorEvents.some((one) => one === event))
        report(
          at,
          "no-effect",
          `${event} happens at no connector (expected it in an alert without connectors)`,
        );
      const cause = event === "cycle-late" || event === "quarantined" ? causes[event] : undefined;
      if (cause && !meant.some((connector) => connector[cause] !== undefined))
        report(
          at,
          "no-effect",
          `${event} never happens (expected ${cause} in ${connectors ? "one of these connectors" : "a connector"})`,
        );
    });
    if (alert.coolDown !== undefined && milliseconds(alert.coolDown) > milliseconds(longestCoolDown))
      report(
        [...path, "coolDown"],
        "out-of-bounds",
        `${alert.coolDown} is longer than anybody waits (expected at most ${longestCoolDown})`,
      );
    const key = JSON.stringify([to.var, connectors && [...connectors].sort()]);
    const before = seen.get(key);
    if (before !== undefined)
      report(
        [...path, "to"],
        "duplicate-item",
        `alert ${before + 1} of the list goes there for the same connectors (expected one with the events of both)`,
      );
    seen.set(key, index);
  });
}

/**
 * Reports where an alert cannot be sent to, and where it cannot be signed.
 *
 * @param signing by what the alerts before it are signed, by their destination
 */
function checkDestination(
  context: Context,
  path: Path,
  { to, secret }: Alert,
  signing: Map<string, string | undefined>,
): void {
  const { environment, report, useVariable } = context;
  const type = own(environment.variables, to.var)?.type;
  if (type === "string") {
    const mail = useVariable([...path, "to", "var"], to.var, "string");
    if (mail && mailAddresses(mail.value) === undefined)
      report(
        [...path, "to", "var"],
        "variable-value",
        `variable "${to.var}" holds no e-mail address (expected one such as on-call@example.com, or a variable of type secret or url with the address of a webhook)`,
      );
    if (secret)
      report(
        [...path, "secret"],
        "no-effect",
        "an e-mail is not signed (expected a secret only beside a webhook)",
      );
  } else {
    // an address that lets in whoever knows it is a secret; any other is not
    const url = useVariable([...path, "to", "var"], to.var, type === "url" ? "url" : "secret");
    if (url?.type === "url") {
      const { protocol, hostname } = new URL(url.value);
      if (protocol !== "https:" && !isLoopback(hostname))
        report(
          [...path, "to", "var"],
          "unprotected-address",
          `"${to.var}" is reached without protection (expected https://…)`,
        );
      if (!secret)
        report(
          path,
          "missing-key",
          `nothing that signs what is sent to "${to.var}", whose address is no secret (expected secret, a variable of type secret)`,
        );
    }
    if (secret) useVariable([...path, "secret", "var"], secret.var, "secret");
  }
  if (signing.has(to.var) && signing.get(to.var) !== secret?.var)
    report(
      [...path, "to"],
      "conflicting-keys",
      `another alert to "${to.var}" is signed otherwise (expected one secret for one receiver)`,
    );
  else signing.set(to.var, secret?.var);
}
