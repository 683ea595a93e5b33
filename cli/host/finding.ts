/** What `hgscim host check` says of one thing: whether it is as it must be, what was found, and how to mend it. */

export interface HostFinding {
  /** What was looked at. */
  readonly check: string;
  /** `unchecked`: nobody can tell from here. */
  readonly state: "well" | "wrong" | "unchecked";
  readonly found: string;
  /** What it must be, and how it becomes so; where it is not. */
  readonly expected?: string;
  readonly mend?: string;
  /** Somebody who must not gets in at this moment. */
  readonly isOpen?: true;
}

export const well = (check: string, found: string): HostFinding => ({ check, state: "well", found });

export const wrong = (check: string, found: string, expected: string, mend: string): HostFinding => ({
  check,
  state: "wrong",
  found,
  expected,
  mend,
});

/** What is to be told before anything else. */
export const open = (...of: Parameters<typeof wrong>): HostFinding => ({ ...wrong(...of), isOpen: true });

export const unchecked = (check: string, found: string): HostFinding => ({
  check,
  state: "unchecked",
  found,
});
