/** When variables changed last, by the revisions in which their lines were written: all that is known where no agent says. */
import { basename, dirname, resolve } from "node:path";
import { z } from "zod";
import type { ValueSource } from "../../model/value-sources.ts";
import { askCheckout, checkoutAround } from "../../provider/checkout.ts";
import { isoTime } from "../../report/time.ts";
import type { Change } from "./change.ts";

/** The revision of one line; undefined for one that is in no revision yet, `shallow` where an older one may have written it. */
type Written = { readonly revision: string; readonly at: number; readonly author: string };
type Line = Written | "uncommitted" | "shallow";

/** The newest revision among the lines of each variable; undefined where no file of them is in a checkout that tells. */
export async function changesByRevisions(
  sources: ReadonlyMap<string, ValueSource>,
): Promise<ReadonlyMap<string, Change> | undefined> {
  const files = new Set([...sources.values()].flatMap(({ places }) => places.map(({ file }) => file)));
  const lines = new Map<string, readonly Line[] | undefined>();
  for (const file of files) lines.set(file, await linesOf(resolve(file)));
  if (![...lines.values()].some((known) => known !== undefined)) return undefined;
  return new Map(
    [...sources].map(([name, { places }]) => [
      name,
      newestOf(places.map(({ file, line }) => lines.get(file)?.[line - 1])),
    ]),
  );
}

function newestOf(lines: readonly (Line | undefined)[]): Change {
  if (lines.includes("uncommitted")) return { known: "file", why: "not committed: no revision has it" };
  if (lines.includes(undefined)) return { known: "unknown", why: "not known: its file is in no revision" };
  if (lines.includes("shallow"))
    return { known: "unknown", why: "not known: the clone is shallow (git fetch --unshallow)" };
  const [newest] = lines.filter((line) => typeof line === "object").sort((a, b) => b.at - a.at);
  if (!newest) return { known: "unknown", why: "not known" };
  return { known: "revision", ...newest, at: isoTime(newest.at) };
}

/** The revision of each line of a file; undefined where it is in none. */
async function linesOf(file: string): Promise<readonly Line[] | undefined> {
  const folder = dirname(file);
  const kind = checkoutAround(folder);
  if (kind === "hg") return hgLines(folder, basename(file));
  return kind === "git" ? gitLines(folder, basename(file)) : undefined;
}

const HgAnnotated = z
  .array(
    z.object({
      lines: z.array(
        z.object({ node: z.string(), user: z.string(), date: z.tuple([z.number(), z.number()]) }),
      ),
    }),
  )
  .length(1);

/** `hg help annotate`; the revision of what is only in the working directory is all f (`hg help revisions`, wdir). */
async function hgLines(folder: string, name: string): Promise<readonly Line[] | undefined> {
  const asked = ["annotate", "--rev", "wdir()", "--user", "--date", "--changeset", "--template", "json"];
  const printed = await askCheckout("hg", [...asked, "--", name], folder);
  const read = printed === undefined ? undefined : HgAnnotated.safeParse(jsonOf(printed));
  return read?.success
    ? read.data[0]?.lines.map(({ node, user, date: [seconds] }) =>
        /^f+$/.test(node) ? "uncommitted" : { revision: node, at: seconds * 1000, author: user },
      )
    : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** git-blame(1), "The porcelain format": of each line a header with its commit, then what is known of that. */
async function gitLines(folder: string, name: string): Promise<readonly Line[] | undefined> {
  const printed = await askCheckout(
    "git",
    ["blame", "--no-textconv", "--line-porcelain", "--", name],
    folder,
  );
  if (printed === undefined) return undefined;
  const shallow = await askCheckout("git", ["rev-parse", "--is-shallow-repository"], folder);
  const lines: Line[] = [];
  let said = new Map<string, string>();
  let revision = "";
  for (const text of printed.split("\n")) {
    const [, found] = /^([0-9a-f]{40,64}) \d+ \d+/.exec(text) ?? [];
    if (found !== undefined) {
      revision = found;
      said = new Map();
    } else if (text.startsWith("\t")) {
      // a line of the file itself ends what is said of it
      if (/^0+$/.test(revision)) lines.push("uncommitted");
      else if (said.has("boundary") && shallow?.trim() === "true") lines.push("shallow");
      else
        lines.push({
          revision,
          at: Number(said.get("author-time")) * 1000,
          author: said.get("author") ?? "",
        });
    } else {
      const [key = "", ...rest] = text.split(" ");
      said.set(key, rest.join(" "));
    }
  }
  return lines;
}
