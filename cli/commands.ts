/**
 * The commands, each in the file of its name, which declares its arguments and options and runs it. A file is loaded
 * when its command is wanted, and all of them for the help.
 */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";

type Load = () => Promise<{ readonly command: CommandUnknownOpts }>;

/** By name, in the order in which the help lists them. */
export const commands = {
  validate: () => import("./validate.ts"),
  diff: () => import("./diff.ts"),
  schema: () => import("./schema.ts"),
  variables: () => import("./variables.ts"),
  test: () => import("./test.ts"),
  review: () => import("./review.ts"),
  preflight: () => import("./preflight.ts"),
  plan: () => import("./plan.ts"),
  deploy: () => import("./deploy.ts"),
  destroy: () => import("./destroy.ts"),
  history: () => import("./history.ts"),
  owners: () => import("./owners.ts"),
  failures: () => import("./failures.ts"),
  "break-glass": () => import("./break-glass.ts"),
  held: () => import("./held.ts"),
  quarantine: () => import("./quarantine.ts"),
  connector: () => import("./connector.ts"),
  alerts: () => import("./alerts.ts"),
  rollback: () => import("./rollback.ts"),
  init: () => import("./init.ts"),
  scan: () => import("./scan.ts"),
  hook: () => import("./hook.ts"),
  agent: () => import("./agent.ts"),
  host: () => import("./host.ts"),
  rotate: () => import("./rotate.ts"),
  quickstart: () => import("./quickstart.ts"),
} satisfies Readonly<Record<string, Load>>;
