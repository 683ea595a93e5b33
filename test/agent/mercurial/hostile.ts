/** A client that pushes what hg would never push (hostile.py), and one that clones what became of it. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Answering } from "./answering.ts";
import { password } from "./world.ts";

/** Bytes as a string of latin-1, as hostile.py takes and tells them. */
export const bytes = (text: string) => Buffer.from(text, "utf8").toString("latin1");

export interface ForgedChangeset {
  /** A node, or the place of another changeset of the push; none for a new root. */
  readonly on?: string | number;
  /** Likewise the second parent, of whose files it has none but those in `files`. */
  readonly with?: string | number;
  /** `branch`, `close`, `topic`, ... in bytes. */
  readonly extra?: Readonly<Record<string, string>>;
  /** Path to content and flags (`l`, `x`), or null to remove it; in bytes. */
  readonly files?: Readonly<Record<string, readonly [content: string, flags: string] | null>>;
  /** The place of another changeset, whose manifest it has in place of `files`. */
  readonly manifest?: number;
  /** What is replaced in what the changeset says of itself, where it is the only one; in bytes. */
  readonly text?: readonly (readonly [from: string, to: string])[];
  /** Likewise in its manifest. */
  readonly entries?: readonly (readonly [from: string, to: string])[];
  /** With `entries`, the manifest comes as what differs from its parent's alone, to the byte. */
  readonly apart?: boolean;
}

type Parameters = Readonly<Record<string, string>>;

/** Its type, mandatory and advisory parameters, content, and another part in the middle of that. */
export type Part =
  | readonly [string, Parameters, Parameters, string]
  | readonly [string, Parameters, Parameters, string, Part];

export interface StrayRevision {
  /** Null for the manifest. */
  readonly path: string | null;
  readonly content: string;
  readonly link: string | number;
  /** What its name is the digest of, in place of its content. */
  readonly named?: string;
}

export interface ForgedPush {
  readonly changesets?: readonly ForgedChangeset[];
  readonly bookmarks?: Readonly<Record<string, string | number | null>>;
  readonly parts?: readonly Part[];
  /** Revisions of files, or of the manifest, for a changeset of this push or any other. */
  readonly stray?: readonly StrayRevision[];
  readonly changegroup?: Readonly<Record<string, string>>;
  readonly stream?: Readonly<Record<string, string>>;
  readonly version?: 1 | 2;
}

/** What somebody sees in a fresh clone. */
export interface Seen {
  readonly heads: Readonly<Record<string, readonly string[]>>;
  readonly bookmarks: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly names: Readonly<Record<string, string | null>>;
  /** Path to the changesets that change it. */
  readonly changes: Readonly<Record<string, readonly string[]>>;
}

export class Hostile {
  readonly #python: Answering;

  private constructor(python: Answering) {
    this.#python = python;
  }

  static async start(): Promise<Hostile> {
    return new Hostile(await Answering.start("hostile.py"));
  }

  end(): Promise<void> {
    return this.#python.end();
  }

  /** Sends a push to a repository's address, from a clone of what is there; answers what the client is told. */
  async push(
    clone: string,
    url: string,
    account: string,
    push: ForgedPush,
  ): Promise<{ nodes: string[]; answer: string }> {
    const made = (await this.#python.ask({ push: { repository: clone, ...push } })) as {
      bundle: string;
      nodes: string[];
    };
    const answer = await sendBundle(url, account, Buffer.from(made.bundle, "base64"));
    return { nodes: made.nodes, answer };
  }

  clone(from: string, to: string, names: readonly string[]): Promise<Seen> {
    return this.#python.ask({ clone: { from, to, names } }) as Promise<Seen>;
  }
}

/** Posts a bundle as `hg push --force` does; the answer's reason and body, in latin-1. */
async function sendBundle(url: string, account: string, bundle: Buffer): Promise<string> {
  const response = await fetch(`${url}?cmd=unbundle&heads=${Buffer.from("force").toString("hex")}`, {
    method: "POST",
    headers: { authorization: `Basic ${Buffer.from(`${account}:${password}`).toString("base64")}` },
    body: new Uint8Array(bundle),
  });
  return `${response.statusText}\n${Buffer.from(await response.arrayBuffer()).toString("latin1")}`;
}

/** Every file and folder of a repository's store, also what has nothing in it. */
export function storeOf(repository: string): string[] {
  const names = readdirSync(join(repository, ".hg", "store"), { recursive: true, encoding: "utf8" });
  return names.filter((name) => !/^(journal|undo)\b|\.i\.a$/.test(name)).sort();
}

/**
 * Every file of a repository on the host with the digest of its content, caches too. But not what each transaction backs up or
 * writes for hooks, nor what has nothing in it: `storeOf` tells of that.
 */
export function filesOf(repository: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const entry of readdirSync(join(repository, ".hg"), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || /^(journal|undo|dirstate)\b|\.i\.a$/.test(entry.name)) continue;
    const content = readFileSync(path);
    if (content.length > 0) files[path] = createHash("sha256").update(content).digest("hex");
  }
  return files;
}
