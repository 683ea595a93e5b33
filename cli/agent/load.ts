/**
 * `hgscim agent load`: makes a release active that came as a file, on the agent's own host. It says what that means for
 * people, and activates on the condition that this is still so.
 */
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { Command, Option } from "@commander-js/extra-typings";
import type { AdminClient } from "../../api/client.ts";
import type { Impact } from "../../api/contract.ts";
import { digestsOf } from "../../model/digest.ts";
import { parseReleaseFile, type ReleaseFile } from "../../model/release-file.ts";
import { systemReason } from "../../model/system-error.ts";
import { otherThanApproved, sentApproval } from "../../provider/approved.ts";
import { reasonsAgainst, settingProblem, skippedPreflight } from "../../provider/preflight.ts";
import { describeImpact, describeIneffective, describeWaiting } from "../../report/impact.ts";
import { describeLosses } from "../../report/losses.ts";
import { refusalReasons, wouldRefuse } from "../../report/refusal.ts";
import { digestOrNone } from "../../report/release.ts";
import { indented } from "../../report/words.ts";
import { printError } from "../agent-client.ts";
import { approvalVariables, approvedByOption, approvedOption } from "../approved.ts";
import { drifted, isDrifted } from "../drifted.ts";
import { exitCode } from "../exit-code.ts";
import { refuse } from "../refuse.ts";
import { UsageError } from "../usage.ts";
import { configOption, type LocalOptions, localAgent, printLocalError, socketOption } from "./local.ts";

const expectOption = new Option(
  "--expect <digest>",
  "the release that must be active before, or none",
).argParser((digest) => {
  if (!/^(none|sha256:[0-9a-f]{64})$/.test(digest))
    throw new UsageError(`--expect is "${digest}" (expected the digest of the active release, or none)`);
  return digest;
});

export const command = new Command("load")
  .description("make a release active that was brought as a file, on the agent's own host")
  .argument("<release>", "one file, or - for standard input")
  .addOption(configOption)
  .addOption(socketOption)
  .addOption(expectOption)
  .addOption(approvedOption)
  .addOption(approvedByOption)
  .option("--no-preflight", "do not look at it before, as HGSCIM_PREFLIGHT=off says too; the history tells")
  .option("--dry-run", "show what it means, and change nothing")
  .option("--json", "print it for machines")
  .action(
    exitCode(
      async (file, { config, socket, expect, preflight, dryRun = false, json = false, ...approval }) => {
        const env = {
          ...{ ...process.env, ...approvalVariables(approval) },
          ...(!preflight && { HGSCIM_PREFLIGHT: "off" }),
        };
        return loadFile(file, { config, socket, expect, dryRun, json, env });
      },
    ),
  );

interface LoadOptions extends LocalOptions {
  readonly expect: string | undefined;
  readonly dryRun: boolean;
  readonly json: boolean;
  /** What says what was approved, and whether it is looked at before. */
  readonly env: NodeJS.ProcessEnv;
}

async function loadFile(file: string, options: LoadOptions): Promise<number> {
  const loaded = await readReleaseFile(file);
  const { env } = options;
  const others = loaded && [
    ...otherThanApproved(loaded.release.environment, loaded.digest, env.HGSCIM_APPROVED),
    ...settingProblem(env),
  ];
  for (const { summary, detail } of others ?? []) process.stderr.write(`${summary}\n${detail}\n`);
  const client = others?.length === 0 ? await localAgent(options) : undefined;
  if (!client || !loaded) return 1;
  const impact = await client.impact(loaded.release, loaded.accept, sentApproval(env)?.line);
  if (!impact.ok) {
    printLocalError(impact.error);
    return 1;
  }
  return load(client, loaded, impact.value, options);
}

async function load(
  client: AdminClient,
  { digest, release, sources, accept }: ReleaseFile,
  impact: Impact,
  { expect, dryRun, json, env }: LoadOptions,
): Promise<number> {
  const { from, changes, lose, gain, later, withheld, unmatched, unsent, ended } = impact;
  const { writerless, emptied, idle, holds } = impact;
  const isActive = from === digest;
  const already = isActive && !(await isDrifted(client));
  if (!isActive && expect !== undefined && expect !== digestOrNone(from))
    return refuse([
      `the active release is ${digestOrNone(from)} (expected ${expect}): look at what is active now`,
    ]);

  const approval = sentApproval(env);
  const reasons = refusalReasons(impact, accept);
  if (reasons.length > 0 && dryRun) return refuse([`${wouldRefuse}:`, ...indented(reasons)]);
  const preflight = skippedPreflight(env);
  if (!isActive && !preflight && reasons.length === 0) {
    const against = await reasonsAgainst(release, { client, sources });
    if (!against.ok) {
      printLocalError(against.error);
      return refuse([]);
    }
    if (against.value.length > 0)
      return refuse([
        "The preflight of this release fails:",
        ...indented(against.value),
        "Where it is to be loaded all the same: --no-preflight, which the history says.",
      ]);
  }
  const { policy } = digestsOf(release);
  if (!json) process.stdout.write(`${release.environment}: release ${digest}, policy ${policy}\n`);
  if (!json && isActive && !already) process.stdout.write(`  ${drifted}\n`);
  if (!json && !isActive && reasons.length === 0) {
    const { summary, lines } = describeImpact(impact);
    const waiting = describeWaiting(impact, release.environment);
    const ineffective = describeIneffective(impact).map((line) => `no effect: ${line}`);
    const losses = describeLosses(impact);
    const told = [
      `in place of ${digestOrNone(from)}`,
      ...[summary, ...lines, ...losses, ...waiting, ...ineffective],
    ];
    process.stdout.write(`${indented(told).join("\n")}\n`);
  }

  if (!already && !dryRun) {
    const activated = await client.activate(
      {
        ...{ release, origin: { sources, ...(preflight && { preflight }) } },
        ...(accept && { accept }),
        ...(approval && { approval }),
      },
      from,
    );
    if (!activated.ok) {
      printError(activated.error);
      if (["refused", "moved"].includes(activated.error.kind)) return refuse([]);
      process.stderr.write("Load it again to see what holds now: twice does no harm.\n");
      return 1;
    }
  }
  if (json) {
    const active = isActive || !dryRun;
    const { environment } = release;
    const report = {
      environment,
      digest,
      policyDigest: policy,
      from,
      active,
      lose,
      gain,
      later,
      changes,
      withheld,
      unmatched,
      unsent,
      ended,
      ...{ writerless, emptied, idle, holds },
    };
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  } else if (already) process.stdout.write("It is active already.\n");
  else if (dryRun)
    process.stdout.write(
      `Nothing was changed. To make exactly this active: --expect ${digestOrNone(from)} in place of --dry-run\n`,
    );
  else process.stdout.write(`active: ${digest}\n`);
  return 0;
}

/** Undefined when the person was told what is wrong with the file. */
async function readReleaseFile(file: string): Promise<ReleaseFile | undefined> {
  const name = file === "-" ? "standard input" : file;
  let content: string;
  try {
    content = file === "-" ? await text(process.stdin) : await readFile(file, "utf8");
  } catch (error) {
    process.stderr.write(`${name}: ${systemReason(error)} (expected a release file)\n`);
    return undefined;
  }
  const parsed = parseReleaseFile(content);
  if (parsed.ok) return parsed.value;
  process.stderr.write(`${name}: ${parsed.error}\n`);
  return undefined;
}
