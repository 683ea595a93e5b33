/** `hgscim hook`: what Git and Mercurial run before a merge is made, or a push is taken: environments that are not in order after it stop it. */
import { Argument, Command } from "@commander-js/extra-typings";
import { exitCode } from "./exit-code.ts";
import { command as install } from "./hook/install.ts";
import { askOption, mainOption } from "./hook/options.ts";

/** The hooks, by the names that Git and Mercurial have for them. */
const hooks = {
  "pre-merge-commit": async () => (await import("./hook/git.ts")).beforeGitMerge(),
  "pre-push": async (wanted) => (await import("./hook/git.ts")).beforeGitPush(wanted),
  "pre-receive": async (wanted) => (await import("./hook/git.ts")).beforeReceive(wanted),
  pretxncommit: async () => (await import("./hook/mercurial.ts")).beforeMercurialMerge(),
  pretxnchangegroup: async (wanted) => (await import("./hook/mercurial.ts")).beforeMercurialPush(wanted),
} satisfies Record<string, (wanted: Wanted) => Promise<Event>>;

type Event = import("./hook/judge.ts").Event;
type Wanted = import("./hook/judge.ts").Wanted;

/** Ends with 0 where all is in order after it; with anything else it is stopped, also where nobody could look. */
export const command = new Command("hook")
  .description("look at what a merge or a push makes, before it is there; Git and Mercurial run it")
  .addArgument(
    new Argument("<hook>", `one of ${Object.keys(hooks).join(", ")}`).choices(
      Object.keys(hooks) as (keyof typeof hooks)[],
    ),
  )
  .argument("[given...]", "what they tell the hook")
  .addOption(mainOption)
  .addOption(askOption)
  .addCommand(install)
  .action(
    exitCode(async (name, given, { main, ask = false }) => {
      try {
        const { judged } = await import("./hook/judge.ts");
        const told = await judged(await hooks[name]({ main, given }), ask);
        for (const text of told.said) process.stderr.write(`${text}\n`);
        return told.isInOrder ? 0 : 1;
      } catch (error) {
        // a hook that cannot look lets nothing through
        process.stderr.write(
          `hgscim hook ${name} cannot look, and lets nothing through: ${(error as Error).message}\n`,
        );
        return 1;
      }
    }),
  );
