/** Activates a past release at once, on the condition that what was shown is still so, and within the bounds. */

import type { StoredRelease } from "../../api/contract.ts";
import { digestsOf } from "../../model/digest.ts";
import { Accept } from "../../model/environment/bounds.ts";
import { parseAgainst } from "../../model/parse.ts";
import { type Checked, formatProblem } from "../../model/problem.ts";
import { ok } from "../../model/result.ts";
import type { Milliseconds } from "../../model/time.ts";
import { parseText } from "../../model/yaml.ts";
import { changeAuthor } from "../../provider/origin.ts";
import { reasonsAgainst } from "../../provider/preflight.ts";
import { boundsAdviceForCommand, describeBoundsChange } from "../../report/bounds.ts";
import { describeImpact, describeWaiting } from "../../report/impact.ts";
import { describeLosses } from "../../report/losses.ts";
import { refusalReasons, wouldRefuse } from "../../report/refusal.ts";
import { describeRelease, shortDigest } from "../../report/release.ts";
import { indented } from "../../report/words.ts";
import { printError, type Reached } from "../agent-client.ts";
import { confirm } from "../confirm.ts";
import { drifted, isDrifted } from "../drifted.ts";
import { refuse } from "../refuse.ts";
import { isCommitted } from "./committed.ts";

/** In which the agent looks at what would not work: people are waiting. */
const patience: Milliseconds = 2_500;

export interface NowOptions {
  /** The value of `accept`, as an environment file would have it. */
  readonly accept: string | undefined;
  /** Whether the person need not be asked. */
  readonly consent: boolean;
}

/** Shows what it means for people, asks, and activates; returns the exit code. */
export async function activateNow(
  { environment, client }: Reached,
  target: StoredRelease,
  options: NowOptions,
): Promise<number> {
  const accept = parseAccept(options.accept);
  if (!accept.ok) {
    for (const problem of accept.error) process.stderr.write(`${formatProblem(problem)}\n`);
    return 1;
  }
  const { sources, revision } = target.origin;
  const [answer, against] = await Promise.all([
    client.impact(target.release, accept.value),
    reasonsAgainst(target.release, { client, sources }, patience),
  ]);
  if (!answer.ok) {
    printError(answer.error, environment.sources);
    return 1;
  }
  const impact = answer.value;
  const { name, file, release } = environment;
  const isActive = impact.from === target.digest;
  if (isActive && !(await isDrifted(client))) {
    process.stdout.write(`${describeRelease(target)}, is active already.\n`);
    return 0;
  }
  const { summary, lines } = describeImpact(impact);
  process.stdout.write(
    [
      `${name}: ${describeRelease(target)}, in place of ${shortDigest(impact.from)}`,
      ...indented([
        ...(isActive ? [drifted] : []),
        summary,
        ...lines,
        ...describeLosses(impact),
        ...describeWaiting(impact, name),
      ]),
      "",
    ].join("\n"),
  );
  const warnings = against.ok ? against.value : [`${against.error.message}: nobody knows what would fail`];
  if (warnings.length > 0)
    process.stderr.write(
      `${["Not as it must be by now, which stops no rollback:", ...indented(warnings)].join("\n")}\n`,
    );
  const reasons = refusalReasons(impact, accept.value);
  if (reasons.length > 0)
    return refuse([
      `${wouldRefuse}:`,
      ...indented(reasons),
      ...(impact.excesses.length > 0 ? [boundsAdviceForCommand(impact)] : []),
    ]);
  const active = await client.activeRelease();
  if (!active.ok) {
    printError(active.error, environment.sources);
    return 1;
  }
  const present = active.value?.release;
  const loosened = present && describeBoundsChange(present.settings.bounds, target.release.settings.bounds);
  if (loosened !== undefined && accept.value === undefined)
    return refuse([
      `This would change the bounds: ${loosened}. A second rollback would then be held to others.`,
      boundsAdviceForCommand(impact),
    ]);
  if (!options.consent && !(await confirm(`Make it active in ${name} now?`))) return 1;

  const author = changeAuthor();
  const activated = await client.activate(
    {
      release: target.release,
      origin: {
        ...{ sources, ...(author && { author }), ...(revision && { revision }) },
        ...(warnings.length > 0 && { preflight: "skipped" as const }),
      },
      ...(accept.value && { accept: accept.value }),
    },
    impact.from,
  );
  if (!activated.ok) {
    printError(activated.error, environment.sources);
    process.stderr.write("Look at `hgscim history` before you try again.\n");
    return 1;
  }
  process.stdout.write(`active: ${activated.value.digest}\n`);
  if (digestsOf(release).release !== activated.value.digest)
    process.stdout.write(
      [
        `${file} still says another release: the next plan shows the difference, and the next deploy would undo this.`,
        `Put the file right, or restore its text: hgscim rollback ${name} --to ${shortDigest(activated.value.digest)}`,
        ...((await isCommitted(file))
          ? []
          : ["It holds what no revision does: commit that first, or add --force to lose it."]),
        "",
      ].join("\n"),
    );
  return 0;
}

function parseAccept(text: string | undefined): Checked<Accept | undefined> {
  if (text === undefined) return ok(undefined);
  const root = parseText("--accept", text);
  return root.ok ? parseAgainst(Accept, root.value) : root;
}
