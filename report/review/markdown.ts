/**
 * A review as a comment on a pull request: the verdict first, details collapsed. It begins with a marker by which a pipeline finds it again.
 *
 * @see https://docs.github.com/en/rest/issues/comments (a body has at most 65,536 characters)
 */
import { differenceSigns } from "../difference.ts";
import { capitalized, count } from "../words.ts";
import { Composer } from "./composer.ts";
import { asCode, linked, prose } from "./markdown-text.ts";
import type { AskedPeople, EffectPart, PeopleAlike } from "./people.ts";
import type { ReviewedEntry, ReviewReport, RuleChange } from "./report.ts";
import {
  describeBase,
  describeFailing,
  describeLikely,
  describePlace,
  describeRight,
  describeShare,
  describeSubject,
  laterLines,
  leftWithoutAnybody,
  noApproval,
  number,
  titleOf,
} from "./words.ts";

/** How long a comment may be. In bytes, so that it holds by whichever unit it is counted. */
export const mostBytes = 65_536;

/** The first line of a comment about an environment; a name of an environment has no character that could end it. */
export const markerOf = (environment: string): string => `<!-- hgscim review: ${environment} -->`;

/** The comment. */
export function reviewMarkdown(report: ReviewReport): string {
  const end = "\nMore is in the page: `hgscim review --format html`.\n";
  const comment = new Composer(mostBytes - Buffer.byteLength(end));
  head(comment, report);
  if (report.people) people(comment, report.people, report.entries);
  else rules(comment, report.rules);
  entries(comment, report.entries);
  after(comment, report);
  if (report.people) names(comment, report.people);
  const text = comment.text();
  return comment.leftOut > 0 ? `${text}${end}` : text;
}

/** How many items stand before the rest is only counted, where they are not all there is to say. */
const most = 40;
const more = (left: number) => `\n\nand ${number(left)} more\n`;

function head(comment: Composer, report: ReviewReport): void {
  comment.lines(markerOf(report.environment), `## ${prose(titleOf(report))}`, "");
  if (report.unnamed !== null)
    comment.lines(`**Nobody's name can be told here:** ${prose(report.unnamed)}`, "");
  comment.lines(`**${prose(capitalized(report.verdict))}.**`, "");
  if (report.people) comment.lines(prose(describeShare(report.people)), "");
  const failing = describeFailing(report);
  if (failing !== null) comment.lines(`**${prose(capitalized(failing))}**, as named below.`, "");
  comment.list(report.refused, {
    open: "**A deploy of this is refused:**\n\n",
    item: (reason) => `- ${prose(reason)}`,
    rest: more,
    close: "\n\n",
    most,
  });
  if (report.accept !== null)
    comment.lines(
      "When that is meant, write into the environment file, and have the numbers reviewed:",
      "",
      asCode(report.accept),
      "",
    );
  if (report.approval !== null)
    comment.lines("To approve this, and nothing else:", "", asCode(report.approval), "");
  if (report.unapproved !== null) comment.lines(prose(`${noApproval}: ${report.unapproved}.`), "");
}

function people(comment: Composer, asked: AskedPeople, known: readonly ReviewedEntry[]): void {
  const rows = asked.effect.flatMap((group, index) => group.parts.map((part) => ({ group, index, part })));
  // by which the names below are found
  const numbered = (group: PeopleAlike, index: number) =>
    asked.effect.length > 1 && hasNamesBelow(group) ? ` (part ${index + 1})` : "";
  comment.list(rows, {
    open: "| who | where | before | after | because of |\n| --- | --- | --- | --- | --- |\n",
    item: ({ group, index, part }) =>
      `| ${[`${who(group)}${numbered(group, index)}`, where(part), describeRight(part.before, part), describeRight(part.after, part), because(part, known)].join(" | ")} |`,
    rest: more,
    close: "\n\n",
    most,
  });
  const moved = asked.effect.reduce((sum, group) => sum + (group.moved ? group.people : 0), 0);
  if (moved > 0)
    comment.lines(
      `Among ${count(moved, "account", "accounts")} of these some are in other groups than before, come, or go: look at connector, scope and mapping.`,
      "",
    );
  comment.list(laterLines(asked.later), {
    open: "When a rule ends:\n\n",
    item: (line) => `- ${prose(line)}`,
    rest: more,
    close: "\n\n",
    most,
  });
  comment.list(asked.likely, {
    item: (likely) => `- ${prose(describeLikely(likely).sentence)}`,
    rest: more,
    close: "\n\n",
    most,
  });
  comment.list(asked.groups, {
    open: `<details><summary>By group: ${asked.groups.length}</summary>\n\n| group | people | lose | gain |\n| --- | --- | --- | --- |\n`,
    item: ({ group, people, lose, gain }) =>
      `| ${[asCode(group), number(people), number(lose), number(gain)].join(" | ")} |`,
    rest: more,
    close: "\n\n</details>\n\n",
    most,
  });
}

/** Whether a cell has no room for all of its names. */
const hasNamesBelow = ({ accounts, parts }: PeopleAlike) =>
  [accounts, ...parts.map(({ repositories }) => repositories)].some((names) => names.length > mostInCell);

/** So many names stand in a cell. */
const mostInCell = 3;

/** How many, and the first of them. */
function who({ people, accounts }: PeopleAlike): string {
  return people === 1 && accounts[0] !== undefined
    ? asCode(accounts[0])
    : `${count(people, "account", "accounts")}${firstOf(accounts)}`;
}

function where(part: EffectPart): string {
  const { repositories } = part;
  const place = placed(part);
  const [only] = repositories;
  if (repositories.length === 1 && only !== undefined) return `${place} ${asCode(only)}`.trim();
  return `${place} ${repositories.length} repositories${firstOf(repositories)}`.trim();
}

/** The part of repositories that something is about; nothing for the whole. */
function placed(place: Parameters<typeof describePlace>[0]): string {
  const at = describePlace(place);
  return at === "" ? "" : prose(at);
}

function firstOf(names: readonly string[]): string {
  if (names.length === 0) return "";
  const first = names.slice(0, mostInCell).map(asCode).join(", ");
  return `: ${first}${names.length > mostInCell ? ", …" : ""}`;
}

function because({ because }: EffectPart, known: readonly ReviewedEntry[]): string {
  const shown = because.slice(0, 3).map((name) => {
    const entry = known.find(({ entry }) => entry === name);
    return entry && entry.position !== null ? linked(entry.position, entry.link) : asCode(name);
  });
  return `${shown.join(", ")}${beside(because.length - shown.length)}`;
}

/** That there are more than a cell shows. */
const beside = (left: number) => (left > 0 ? `, and ${number(left)} more` : "");

function rules(comment: Composer, changes: readonly RuleChange[]): void {
  comment.list(changes, {
    open: "| who | where | before | after | because of |\n| --- | --- | --- | --- | --- |\n",
    item: (change) => {
      const subject = change.subject === null ? describeSubject(change) : asCode(change.subject);
      const patterns = change.patterns.slice(0, 5).map(asCode).join(", ");
      const cells = [
        subject,
        `${placed(change)} ${patterns}${beside(change.patterns.length - 5)}`.trim(),
        prose(change.before),
        prose(change.after),
        asCode(change.entry),
      ];
      return `| ${cells.join(" | ")} |`;
    },
    rest: more,
    close: "\n\n",
    most: 200,
  });
}

function entries(comment: Composer, changed: readonly ReviewedEntry[]): void {
  comment.list(changed, {
    open: `<details><summary>Entries that change: ${changed.length}</summary>\n\n`,
    item: ({ entry, kind, position, link, changes }) => {
      const at = position === null ? "" : ` ${linked(position, link)}`;
      const lines = changes.slice(0, 20).map((change) => `  - ${prose(change)}`);
      const rest = changes.length > 20 ? [`  - and ${changes.length - 20} more`] : [];
      return [
        `- ${differenceSigns[kind] === "~" ? "changed" : kind} ${asCode(entry)}${at}`,
        ...lines,
        ...rest,
      ].join("\n");
    },
    rest: more,
    close: "\n\n</details>\n\n",
    most: 200,
  });
}

/** What stands below: what has no effect, tests, promotion, what is held, digests. */
function after(comment: Composer, report: ReviewReport): void {
  const { tests, promotion, holds, digests, people } = report;
  const list = (open: string, items: readonly string[]) =>
    comment.list(items, {
      open: `${open}\n\n`,
      item: (one) => `- ${prose(one)}`,
      rest: more,
      close: "\n\n",
      most,
    });
  list(`${leftWithoutAnybody}:`, report.losses);
  list("No effect on the host as it is:", report.ineffective);
  list("Without the account that this makes of them:", people?.withheld ?? []);
  list("Not there now, and counted as when they were:", people?.gone ?? []);
  if (tests.broken.length > 0) list("**Policy tests are broken:**", tests.broken);
  else comment.lines(`${testsLine(report)}`, "");
  comment.list(tests.failed, {
    item: ({ name, differences }) =>
      [
        `- ${asCode(name)}`,
        ...differences.slice(0, 10).map((one) => `  - ${prose(one)}`),
        ...(differences.length > 10 ? [`  - and ${number(differences.length - 10)} more`] : []),
      ].join("\n"),
    rest: more,
    close: "\n\n",
    most,
  });
  if (promotion) {
    const asks = `Promotion: the policy must have run in ${promotion.from} for ${promotion.soak}`;
    if (promotion.obstacle === null) comment.lines(`${prose(asks)}; nobody was asked.`, "");
    else if (promotion.obstacle.length === 0) comment.lines(`${prose(asks)}; it has.`, "");
    else list(`${prose(asks)}; not yet:`, promotion.obstacle);
  }
  if (holds && holds.total > 0)
    comment.list(holds.held, {
      open: `<details><summary>Held now: ${number(holds.total)}</summary>\n\n`,
      item: ({ id, what, rules }) => `- ${asCode(id)} ${prose(what)} ${rules.map(asCode).join(", ")}`.trim(),
      // the oldest of them were asked for
      rest: (left) => more(left + holds.total - holds.held.length),
      close: "\n\n</details>\n\n",
      most,
    });
  comment.lines(
    prose(describeBase(report)),
    "",
    "| | |",
    "| --- | --- |",
    `| release | ${asCode(digests.release)} |`,
    `| policy | ${asCode(digests.policy)} |`,
    `| base | ${asCode(digests.base ?? "none")} |`,
    "",
  );
}

function testsLine({ tests }: ReviewReport): string {
  const { passed, failed } = tests;
  if (passed + failed.length === 0) return "No policy test is about this environment.";
  const all = `Policy tests: ${passed} passed, ${failed.length} failed`;
  return failed.length > 0 ? `**${all}:**` : `${all}.`;
}

/** Every name, each with what happens to it. */
function names(comment: Composer, { effect }: AskedPeople): void {
  effect.forEach((group, index) => {
    const rows = effect.length > 1 ? ` of part ${index + 1}` : "";
    // a few stand in the table
    comment.list(group.accounts.length > mostInCell ? group.accounts : [], {
      open: `<details><summary>Every name${rows}: ${number(group.people)}</summary>\n\n`,
      item: asCode,
      separator: ", ",
      rest: more,
      close: "\n\n</details>\n\n",
    });
    for (const part of group.parts)
      if (part.repositories.length > mostInCell)
        comment.list(part.repositories, {
          open: `<details><summary>Every repository${rows}: ${number(part.repositories.length)}</summary>\n\n`,
          item: asCode,
          separator: ", ",
          rest: more,
          close: "\n\n</details>\n\n",
        });
  });
}
