/** The host that is laid out: this one, or a folder that looks like one. */
import { join, resolve } from "node:path";

export interface TargetHost {
  /** Whether it is this one, with its users and services. */
  readonly isThis: boolean;
  /** Where a path of the host is. */
  at(path: string): string;
}

export function hostAt(prefix: string): TargetHost {
  const folder = resolve(prefix);
  return { isThis: folder === "/", at: (path) => join(folder, path) };
}
