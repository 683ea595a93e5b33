/** What Mercurial's hooks are about: changesets of a transaction that is open still. @see hg help config.hooks */
import { layMercurialMerge } from "../review/merge.ts";
import { hgNode, layChangeset, output } from "../review/revision.ts";
import type { Event, MergedState, Wanted } from "./judge.ts";
import { placeHere } from "./place.ts";

/** Of a merge whose changeset is made just now. */
export async function beforeMercurialMerge(): Promise<Event> {
  const [node, one, other] = await Promise.all(
    ["HG_NODE", "HG_PARENT1", "HG_PARENT2"].map((name) => hgNode(hg, told(name))),
  );
  const [first, second] = await Promise.all([one, other].map((parent) => named(parent ?? "")));
  return {
    states: [{ ...stateOf(node ?? "", "this merge"), ...(first && second && { parts: [first, second] }) }],
    advice: "Correct these lines and hg commit, or hg merge --abort.",
  };
}

/** Of a push that comes in: each head that is new, together with the main branch, and with the other heads of it. */
export async function beforeMercurialPush({ main }: Wanted): Promise<Event> {
  const first = await hgNode(hg, told("HG_NODE"));
  const heads = await nodes(`heads(${first}:) and not closed()`);
  const mains = await nodes(await mainRevset(main));
  const states: MergedState[] = [];
  const seen = new Set<string>();
  for (const head of heads) {
    const own = await named(head);
    const partners: string[] = [];
    for (const other of mains)
      if (other !== head && (await nodes(`ancestor(${head}, ${other})`))[0] !== other) partners.push(other);
    if (mains.includes(head) || partners.length === 0) states.push(own);
    for (const other of partners) {
      const pair = [head, other].sort().join();
      if (seen.has(pair)) continue;
      seen.add(pair);
      const there = await named(other);
      states.push({
        name: `${own.name} with ${there.name}`,
        lay: (into) => layMercurialMerge({ ...placeHere(), into }, other, head),
        parts: [there, own],
      });
    }
  }
  return {
    states,
    advice: "Correct these lines, of a branch after the main one is merged into it, and push again.",
  };
}

/** The heads of the branch, or the bookmark; that is `@` where there is one, else the branch default. */
async function mainRevset(main: string | undefined): Promise<string> {
  if (main !== undefined) return revsetOf(main);
  return (await nodes(revsetOf("@"))).length > 0 ? revsetOf("@") : revsetOf("default");
}

function revsetOf(name: string): string {
  const literal = JSON.stringify(`literal:${name}`);
  return `present(bookmark(${literal})) or present(head() and branch(${literal}) and not closed())`;
}

const hg = (args: readonly string[]) => output("hg", ["--noninteractive", ...args], process.cwd());

async function nodes(revset: string): Promise<string[]> {
  const printed = await hg(["log", "--template", "{node}\n", `--rev=${revset}`]);
  return String(printed).split("\n").filter(Boolean);
}

/** A changeset by its branch or bookmark, as people call it. */
async function named(node: string): Promise<MergedState> {
  const template = "{ifeq(bookmarks, '', branch, bookmarks)} ({node|short})";
  return stateOf(node, String(await hg(["log", "--template", template, `--rev=${node}`])));
}

function stateOf(node: string, name: string): MergedState {
  return { name, lay: (into) => layChangeset(hg, node, { ...placeHere(), into }, "ya?ml|json") };
}

/** What Mercurial tells the hook. */
function told(name: string): string {
  const value = process.env[name];
  if (value) return value;
  throw new Error(`${name} is not set (expected Mercurial to run this)`);
}
