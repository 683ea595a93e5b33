/** Whether alerts can be sent, and can ever be: what nobody declares never happens. */
import { connectorEvents } from "../environment/alert.ts";
import { hint } from "../nearest.ts";
import { type Context, own } from "./context.ts";

/** What a connector must declare for an event to happen. */
const causes = { "cycle-late": "cycle", quarantined: "quarantine" } as const;

/** Reports what is wrong with the alerts of an environment. */
export function checkAlerts(context: Context): void {
  const { environment, report } = context;
  const known = Object.keys(environment.connectors);
  const seen = new Map<string, number>();
  environment.alerts.forEach(({ to, on, connectors }, index) => {
    const path = ["alerts", index];
    // an address that lets in whoever knows it is a secret; any other is not
    const type = own(environment.variables, to.var)?.type === "url" ? "url" : "secret";
    context.useVariable([...path, "to", "var"], to.var, type);
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
