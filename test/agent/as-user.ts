/** A process of root as one of another user, and back: what root leaves behind is met by an agent that may not change it. */

const user = 1000;
const before = process.getgroups?.() ?? [];

/** Whether this process can become another user. */
export const isRoot = process.getuid?.() === 0;

/** Becomes a user in these groups alone. */
export function becomeUser(groups: readonly number[] = []): void {
  process.setgroups?.([...groups]);
  process.setegid?.(user);
  process.seteuid?.(user);
}

export function becomeRoot(): void {
  process.seteuid?.(0);
  process.setegid?.(0);
  process.setgroups?.(before);
}

/** Does what an administrator does, in the middle of what a user does. */
export function asRoot<T>(work: () => T): T {
  becomeRoot();
  try {
    return work();
  } finally {
    becomeUser();
  }
}
