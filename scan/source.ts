/** What is scanned: a text of the checkout, or why a file is left out. */
export interface Source {
  /** Absolute. */
  readonly file: string;
  readonly text: string;
  /** The lines, from 1, that a change adds: only they count. All of them when it is not there. */
  readonly added?: ReadonlySet<number>;
  /** The changeset that adds them. */
  readonly changeset?: string;
}

/** A file that a person should know was not scanned. */
export interface Skipped {
  readonly file: string;
  readonly reason: string;
  /** The person asked for just this: a scan without it has not done what it should. */
  readonly asked?: true;
}

/** Beyond this many bytes a file is data, not something that people wrote a credential into. */
export const maxSize = 5 * 1024 * 1024;

export function tooLarge(file: string): Skipped {
  return { file, reason: `larger than ${maxSize / 1024 / 1024} MiB` };
}

/** As git decides it, but by the whole file. */
export function isBinary(text: string): boolean {
  return text.includes("\0");
}

/** npm's packages are not the project's own text, even where they are tracked. */
export function isPackage(path: string): boolean {
  return path.split(/[\\/]/).includes("node_modules");
}
