/** `hgscim deploy`: plans, asks, and applies exactly the plan that was shown; or one that was kept. */
import { readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Command, Option } from "@commander-js/extra-typings";
import { digest } from "../model/digest.ts";
import { systemReason } from "../model/system-error.ts";
import { namesOneRelease, onlyForm } from "../provider/only.ts";
import { printable } from "../report/words.ts";
import { approvalVariables, approvedByOption, approvedOption } from "./approved.ts";
import { confirm, mustAsk } from "./confirm.ts";
import { environmentArgument } from "./environments.ts";
import { exitCode } from "./exit-code.ts";
import { hasState } from "./local-state.ts";
import { lockTimeoutOption } from "./lock-timeout.ts";
import { refuse } from "./refuse.ts";
import { apartFromState, readPlan, savePlan } from "./saved-plan.ts";
import { prepareStack, type Stack } from "./stack.ts";
import { terraform } from "./terraform.ts";
import { UsageError } from "./usage.ts";

const onlyOption = new Option(
  "--only <digest>",
  "deploy no other release than this one, as HGSCIM_ONLY says too",
).argParser((text) => {
  if (namesOneRelease(text)) return text;
  throw new UsageError(`--only is "${text}" (expected ${onlyForm})`);
});

export const command = new Command("deploy")
  .description("plan, ask, and make the release active")
  .addArgument(environmentArgument)
  .option("--yes", "do not ask")
  .option("--plan <file>", "apply the plan that plan --out kept, and do not ask")
  .addOption(onlyOption)
  .addOption(approvedOption)
  .addOption(approvedByOption)
  .option("--no-preflight", "do not look at it before, as HGSCIM_PREFLIGHT=off says too; the history tells")
  .addOption(lockTimeoutOption)
  .action(
    exitCode(async (environment, { yes = false, plan: kept, only, lockTimeout, preflight, ...approval }) => {
      const env = {
        ...(only !== undefined && { HGSCIM_ONLY: only }),
        ...(!preflight && { HGSCIM_PREFLIGHT: "off" }),
        ...approvalVariables(approval),
      };
      if (kept === undefined) mustAsk(yes);
      const stack = await prepareStack(environment, yes, env);
      if (!stack) return 1;
      const lock = `-lock-timeout=${lockTimeout}`;
      return kept === undefined
        ? planAndApply(stack, { consent: yes, lock, env })
        : applyKept(stack, resolve(kept), { lock, env });
    }),
  );

interface Options {
  readonly lock: string;
  readonly env: NodeJS.ProcessEnv;
}

async function planAndApply(
  { environment, folder }: Stack,
  { consent, lock, ...options }: Options & { readonly consent: boolean },
): Promise<number> {
  const plan = `hgscim.${process.pid}.tfplan`;
  const shown = resolve(folder, `hgscim.${process.pid}.shown`);
  const env = { ...options.env, HGSCIM_SHOWN: shown };
  try {
    await rm(shown, { force: true });
    const planned = await savePlan(folder, plan, { options: [lock], env });
    if (!planned) return 1;
    const { changes, outputs } = planned;
    // what other stacks read goes into a state that is kept, also when the release is active already
    if (!changes && !(outputs && hasState(environment, folder))) return 0;
    if (changes && !consent && !(await confirm(`Deploy this to ${environment}?`))) return 1;
    return (await terraform(folder, ["apply", "-input=false", lock, plan], { env })) === 0 ? 0 : 1;
  } finally {
    await rm(join(folder, plan), { force: true });
    await rm(shown, { force: true });
  }
}

/** Applies a plan that somebody has read, also one of another checkout. It must be of this environment: it would be deployed to its own. */
async function applyKept(stack: Stack, file: string, { lock, env }: Options): Promise<number> {
  const { environment, folder, loaded } = stack;
  const expected = `(expected what hgscim plan ${environment} --out kept)`;
  const unreadable = await whyUnreadable(file);
  if (unreadable !== undefined) return refuse([`${printable(file)}: ${unreadable} ${expected}`]);
  const plan = await readPlan(folder, file);
  if (!plan) return refuse([`${printable(file)} is no plan that terraform reads here ${expected}`]);
  if (loaded.release.settings.delivery.command) {
    // what its command delivers is a file, and that is of what this checkout says
    const own = digest(loaded.release);
    if (plan.delivers !== own)
      return refuse([
        `${printable(file)} delivers ${plan.delivers ?? "no release"} (expected ${own}, which ${environment} is in this checkout)`,
      ]);
  } else if (plan.environment !== environment)
    return refuse([
      `${printable(file)} is a plan of ${plan.environment ?? "no release"} (expected one of ${environment})`,
    ]);
  const apply = (apart: readonly string[]) =>
    terraform(folder, ["apply", "-input=false", lock, ...apart, file], { env });
  return (await apartFromState(stack, apply)) === 0 ? 0 : 1;
}

/** Why a file cannot be a plan, before terraform tells it as two errors: a plan is a ZIP archive. */
async function whyUnreadable(file: string): Promise<string | undefined> {
  try {
    const text = await readFile(file, "latin1");
    return text.startsWith("PK") ? undefined : "it is no plan";
  } catch (error) {
    return systemReason(error);
  }
}
