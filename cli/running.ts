/** Whether whoever left something behind is still at it. */

/** Whether there is a process of this number. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // it runs, and is another user's
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
