/** What a new project must be told: by options, or by questions at a terminal. */
import { createInterface } from "node:readline/promises";
import { Connector } from "../../model/environment/connector.ts";
import { hint } from "../../model/nearest.ts";
import { printable } from "../../report/words.ts";
import { keyInterrupts } from "../interrupt.ts";
import { UsageError } from "../usage.ts";

export const providers = Connector.shape.idp.options;
export const systems = ["git", "hg"] as const;
export const pipelines = ["none", "github", "gitlab", "heptapod", "atlantis"] as const;

export interface Answers {
  /** The identity provider. */
  readonly idp: string;
  /** The Mercurial host of production, with the agent beside it. */
  readonly host: string;
  readonly staging: string;
  /** The mail domain of those who may have an account. */
  readonly domain: string;
  readonly vcs: (typeof systems)[number];
  readonly pipeline: (typeof pipelines)[number];
}

export type Given = { readonly [K in keyof Answers]?: string | undefined };

interface Question {
  readonly asks: string;
  /** What is taken when nothing is said; undefined where it must be said. */
  readonly otherwise: (sofar: Given) => string | undefined;
  /** What is expected, where this is none. */
  readonly problem: (text: string) => string | undefined;
}

const oneOf = (values: readonly string[]) => (text: string) =>
  values.includes(text) ? undefined : hint(`one of ${values.join(", ")}`, text, values);
const hostName = (text: string) =>
  text.length <= 253 && /^[a-z0-9]([a-z0-9-]{0,62}\.)+[a-z][a-z0-9-]{0,62}$/.test(text)
    ? undefined
    : "(expected a name such as hg.example.com)";

const questions: { readonly [K in keyof Answers]: Question } = {
  host: {
    asks: "The Mercurial host that everybody works on",
    otherwise: () => undefined,
    problem: hostName,
  },
  staging: {
    asks: "The one for rehearsals",
    otherwise: ({ host }) => host?.replace(".", "-staging."),
    problem: hostName,
  },
  domain: {
    asks: "The mail domain of those who may have an account",
    otherwise: ({ host }) => host?.slice(host.indexOf(".") + 1),
    problem: hostName,
  },
  idp: {
    asks: `The identity provider (${providers.join(", ")})`,
    otherwise: () => "okta",
    problem: oneOf(providers),
  },
  vcs: {
    asks: `The version control (${systems.join(", ")})`,
    otherwise: () => "git",
    problem: oneOf(systems),
  },
  pipeline: {
    asks: `The pipeline (${pipelines.join(", ")})`,
    otherwise: () => "none",
    problem: oneOf(pipelines),
  },
};

/**
 * Puts the answers together: what is given, and for the rest what is said at the terminal, or what is usual where there is none.
 *
 * @throws {UsageError} for one that is none, and for one that is missing and nobody is there to ask
 */
export async function answersOf(given: Given): Promise<Answers> {
  const answers: Given = {};
  const terminal = process.stdin.isTTY
    ? createInterface({ input: process.stdin, output: process.stdout })
    : undefined;
  if (terminal) keyInterrupts(terminal);
  try {
    for (const [name, question] of Object.entries(questions) as [keyof Answers, Question][]) {
      const otherwise = question.otherwise(answers);
      const text = given[name] ?? (terminal ? await ask(terminal, question, otherwise) : otherwise);
      if (text === undefined) throw new UsageError(`--${name} is missing, and nobody is there to ask`);
      const problem = question.problem(text);
      if (problem !== undefined) throw new UsageError(`--${name} "${printable(text)}" ${problem}`);
      Object.assign(answers, { [name]: text });
    }
  } finally {
    terminal?.close();
  }
  return answers as Answers;
}

async function ask(
  terminal: ReturnType<typeof createInterface>,
  { asks, problem }: Question,
  otherwise: string | undefined,
): Promise<string> {
  for (;;) {
    const said = await terminal.question(`${asks}${otherwise === undefined ? "" : ` [${otherwise}]`}: `);
    const text = said.trim() || otherwise || "";
    const why = problem(text);
    if (why === undefined) return text;
    terminal.write(`${why}\n`);
  }
}
