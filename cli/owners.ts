/** `hgscim owners`: whose each account is and from whom it is withheld; its subcommands say whose one is. */
import { Command } from "@commander-js/extra-typings";
import type { OwnerList } from "../api/contract.ts";
import { isoTime } from "../report/time.ts";
import { listed, paragraphs } from "../report/words.ts";
import { printError, reachAgent } from "./agent-client.ts";
import { columns } from "./columns.ts";
import { environmentArgument } from "./environments.ts";
import { exitCode } from "./exit-code.ts";
import { command as confirm } from "./owners/confirm.ts";
import { tokenOption } from "./owners/options.ts";
import { command as release } from "./owners/release.ts";
import { command as renumber } from "./owners/renumber.ts";

interface Shown {
  /** This account alone. */
  readonly account: string | undefined;
  /** Only what is withheld. */
  readonly withheld: boolean;
}

export const command = new Command("owners")
  .description("show whose each account is, since when, and from whom it is withheld")
  .addArgument(environmentArgument)
  .argument("[account]", "this one alone")
  .option("--withheld", "only the accounts that somebody waits for")
  .option("--json", "print it for machines")
  .addOption(tokenOption)
  .addCommand(confirm)
  .addCommand(release)
  .addCommand(renumber)
  .action(
    exitCode(async (nameOrFile, account, { withheld = false, json = false, token }) => {
      const reached = await reachAgent(nameOrFile, token);
      if (!reached) return 1;
      const answer = await reached.client.owners();
      if (!answer.ok) {
        printError(answer.error, reached.environment.sources);
        return 1;
      }
      const { name } = reached.environment;
      const shown = { account, withheld };
      const list = selected(answer.value, shown);
      process.stdout.write(`${json ? jsonText(list, name) : ownersText(list, name, shown)}\n`);
      return 0;
    }),
  );

function selected({ owners, withheld, renumbering }: OwnerList, shown: Shown): OwnerList {
  const isWanted = (one: { readonly account: string }) =>
    shown.account === undefined || one.account === shown.account;
  return {
    owners: shown.withheld ? [] : owners.filter(isWanted),
    withheld: withheld.filter(isWanted),
    renumbering,
  };
}

function jsonText({ owners, withheld, renumbering }: OwnerList, environment: string): string {
  const since = <T extends { readonly since: number }>(rows: readonly T[]) =>
    rows.map((row) => ({ ...row, since: isoTime(row.since) }));
  return JSON.stringify(
    {
      environment,
      owners: since(owners),
      withheld: since(withheld),
      renumbering: renumbering.map((row) => ({ ...row, until: isoTime(row.until) })),
    },
    null,
    2,
  );
}

const reasons: Record<OwnerList["withheld"][number]["because"], string> = {
  identity: "another externalId",
  owner: "another's account",
};

function ownersText(list: OwnerList, environment: string, shown: Shown): string {
  const { owners, withheld, renumbering } = list;
  return paragraphs(
    owners.length === 0 && withheld.length === 0 ? [nothingText(shown)] : [],
    owners.length === 0
      ? []
      : columns([
          ["account", "connector", "user", "since", "known by", "state"],
          ...owners.map(({ account, connector, user, since, by, state }) => [
            account,
            connector,
            user,
            isoTime(since),
            by === "resource" ? "this user alone" : by,
            state,
          ]),
        ]),
    withheld.length === 0
      ? []
      : columns([
          ["withheld", "connector", "user", "since", "why", "groups"],
          ...withheld.map(({ account, connector, user, since, because, groups }) => [
            account,
            connector,
            user,
            isoTime(since),
            reasons[because],
            listed(groups),
          ]),
        ]),
    withheld.length === 0
      ? []
      : [
          `It is the same person:  hgscim owners confirm ${environment} <account> --user <user>`,
          `It is another person:   hgscim owners release ${environment} <account>`,
        ],
    renumbering.map(
      ({ connector, until }) => `Users of ${connector} may have other externalIds until ${isoTime(until)}.`,
    ),
  );
}

function nothingText({ account, withheld }: Shown): string {
  if (account === undefined)
    return withheld ? "No account is withheld." : "No account belongs to anybody here.";
  return withheld
    ? `Account ${account} is withheld from nobody.`
    : `Account ${account} belongs to nobody, and nobody waits for it.`;
}
