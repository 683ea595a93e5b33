/** Reads agent.yaml anew while the agent runs, for its admin tokens alone: one that cannot be used changes nothing. */
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { FastifyBaseLogger } from "fastify";
import type { HealthCondition } from "../../api/contract.ts";
import { formatProblem, type Problem } from "../../model/problem.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Milliseconds } from "../../model/time.ts";
import { listed } from "../../report/words.ts";
import type { AdminTokens } from "../admin/admin-tokens.ts";
import { type AgentConfig, hashesOf, parseAgentConfig, readAgentConfig } from "../config.ts";
import type { Serving } from "../releases/serving.ts";
import { onlyOurs } from "../strict-modes.ts";
import type { Renewal, Renewing } from "./renewing.ts";

/** What is not written at once is not half of it: it is the same after so long. */
const settled: Milliseconds = 250;

/** After so many looks, some 10 seconds, somebody is told. */
const toldAfter = 3;

export interface AdminTokenParts {
  /** Where agent.yaml is. */
  readonly file: string;
  /** As the agent has started with it. */
  readonly config: AgentConfig;
  readonly admins: AdminTokens;
  readonly serving: () => Serving;
  readonly log: FastifyBaseLogger;
}

export class TokenWatch {
  readonly #parts: AdminTokenParts;
  readonly #renewing: Renewing;
  /** The text that was judged last. */
  #judged: string | undefined;
  /** Why that is not taken; undefined where it is. */
  #why: string | undefined;
  /** Hashes of admins that are those of connectors. */
  #shared: readonly string[] = [];
  #looks = 0;
  /** The keys that differ from what the agent runs by. */
  #differing: readonly string[] = [];

  constructor(parts: AdminTokenParts, renewing: Renewing) {
    this.#parts = parts;
    this.#renewing = renewing;
  }

  /** What is not taken now. */
  get conditions(): HealthCondition[] {
    return this.#problems.map((message) => ({ code: "configurationNotTaken", message }));
  }

  /** Reads the file, and takes what it says where that can be. */
  async look(): Promise<void> {
    const before = this.#problems;
    const read = await this.#read();
    if (!read.ok) this.#why = read.error;
    else if (read.value !== undefined) this.#take(read.value);
    this.#shutShared();
    this.#tell(before);
  }

  get #problems(): string[] {
    return [
      ...(this.#why === undefined
        ? []
        : [`${this.#why}: the agent goes on with the admin tokens that it has`]),
      ...this.#shared,
    ];
  }

  /** What the file says by now; undefined where that was judged already. */
  async #read(): Promise<Result<AgentConfig | undefined, string>> {
    const { file, config } = this.#parts;
    const text = await readAgentConfig(file);
    if (!text.ok) return this.#fails(undefined, told(text.error));
    if (text.value === this.#judged) return this.#why === undefined ? ok(undefined) : fail(this.#why);
    await sleep(settled, undefined, { ref: false });
    const again = await readAgentConfig(file);
    if (!again.ok || again.value !== text.value)
      return this.#why === undefined ? ok(undefined) : fail(this.#why);
    const found = parseAgentConfig(file, text.value);
    if (!found.ok) return this.#fails(text.value, told(found.error));
    // who could write to it could let themselves in; modes may be mended with the text as it is
    const closed = config.strictModes === "off" ? ok(undefined) : onlyOurs({ "the configuration": file });
    if (!closed.ok) return this.#fails(undefined, closed.error);
    this.#judged = text.value;
    this.#why = undefined;
    return found;
  }

  #fails(judged: string | undefined, why: string): Result<never, string> {
    this.#judged = judged;
    return fail(why);
  }

  #take(found: AgentConfig): void {
    const { file, config, admins, log } = this.#parts;
    const differing = keysThatDiffer(config, found);
    if (differing.length > 0 && !isDeepStrictEqual(differing, this.#differing))
      log.warn(`${file}: what it says by now of ${listed(differing)} takes effect at the agent's next start`);
    this.#differing = differing;
    if (isDeepStrictEqual(found.tokens, admins.list)) return;
    const renewals = changesOf(admins.list, found.tokens);
    admins.replace(found.tokens);
    this.#renewing.audit(renewals);
    for (const { target, detail } of renewals)
      log.info({ token: target }, `admin token ${target}: ${detail}`);
  }

  /** A token that lets a connector in would let whoever has it do what an admin may. */
  #shutShared(): void {
    const { admins, serving } = this.#parts;
    const whose = connectorHashes(serving());
    const shared = admins.list.flatMap((token) =>
      hashesOf(token).flatMap((hash) => {
        const connector = whose.get(hash);
        return connector === undefined ? [] : { hash, name: token.name, connector };
      }),
    );
    admins.shut(new Map(shared.map(({ hash, connector }) => [hash, connector])));
    this.#shared = shared.map(
      ({ name, connector }) =>
        `admin token ${name} of agent.yaml is also a token of connector ${connector} (expected one of its own): it lets no admin in, and at the agent's next start not the connector`,
    );
  }

  #tell(before: readonly string[]): void {
    const { file, log } = this.#parts;
    const now = this.#problems;
    for (const problem of now) if (!before.includes(problem)) log.error(problem);
    if (now.length === 0 && before.length > 0) log.info(`${file}: admin tokens are as it says again`);
    this.#looks = isDeepStrictEqual(now, before) && now.length > 0 ? this.#looks + 1 : 1;
    if (now.length === 0 || this.#looks !== toldAfter) return;
    const summary = now.join("; ");
    this.#renewing.raised({ kind: "secrets", subject: `configuration ${file}`, summary, detail: summary });
  }
}

function told([first, ...others]: readonly Problem[]): string {
  const more = others.length > 0 ? ` (and ${others.length} more)` : "";
  return first ? `${formatProblem(first)}${more}` : "it cannot be read";
}

/** All that is not taken while the agent runs. */
function keysThatDiffer(running: AgentConfig, found: AgentConfig): string[] {
  const keys = new Set([...Object.keys(running), ...Object.keys(found)]) as Set<keyof AgentConfig>;
  return [...keys]
    .sort()
    .filter((key) => key !== "tokens" && !isDeepStrictEqual(stated(running[key]), stated(found[key])));
}

/** Without what is named and undefined. */
function stated(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function connectorHashes({ connectors }: Serving): ReadonlyMap<string, string> {
  return new Map(
    connectors.flatMap(({ name, credentials }) =>
      credentials.kind === "bearer"
        ? [...credentials.tokens, ...(credentials.last ?? [])].map(
            ({ hash }) => [hash.toString("hex"), name] as const,
          )
        : [],
    ),
  );
}

/** What has become of each name, in words that tell no hash. */
function changesOf(before: AgentConfig["tokens"], now: AgentConfig["tokens"]): Renewal[] {
  const names = [...new Set([...before, ...now].map(({ name }) => name))];
  return names.flatMap((target): Renewal[] => {
    const [was, is] = [before, now].map((tokens) => of(tokens, target));
    if (!was || !is || isDeepStrictEqual(was, is)) return [];
    const added = is.hashes.filter((hash) => !was.hashes.includes(hash)).length;
    const gone = was.hashes.filter((hash) => !is.hashes.includes(hash)).length;
    const changes = [
      ...(added > 0 ? [`${added === 1 ? "a token was" : `${added} tokens were`} added`] : []),
      ...(gone > 0 ? [`${gone === 1 ? "a token was" : `${gone} tokens were`} withdrawn`] : []),
      ...(was.may === is.may || was.may === "" || is.may === ""
        ? []
        : [`it is ${is.may}, and was ${was.may}`]),
    ];
    const detail = `${changes.join(", ") || "its order is another one"}; ${is.hashes.length} let in now`;
    return [{ operation: "admin-token.replace", target, detail }];
  });
}

function of(tokens: AgentConfig["tokens"], name: string) {
  const theirs = tokens.filter((one) => one.name === name);
  return {
    hashes: theirs.flatMap(hashesOf),
    may: theirs
      .map(({ role, account }) => (account === undefined ? role : `${role} of ${account}`))
      .join(", "),
  };
}
