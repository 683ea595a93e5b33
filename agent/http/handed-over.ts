/**
 * Listening sockets that a service manager holds for the agent, so that they outlive it: whoever connects while the agent is started
 * anew waits for it, and is not refused. Source: sd_listen_fds(3), systemd.socket(5).
 */

/** The first descriptor that is handed over. */
const first = 3;

/**
 * Takes what was handed over to this process, once: the processes that it starts are handed over nothing.
 *
 * @param environment where the service manager says so; what it says is taken out of it
 * @returns descriptors by name, as `FileDescriptorName=` has them; none for a process that was started by somebody else
 */
export function takeHandedOver(environment: NodeJS.ProcessEnv, pid: number): ReadonlyMap<string, number> {
  const { LISTEN_PID, LISTEN_FDS = "0", LISTEN_FDNAMES = "" } = environment;
  for (const name of ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]) delete environment[name];
  if (LISTEN_PID !== String(pid)) return new Map();
  const names = LISTEN_FDNAMES.split(":").slice(0, Number(LISTEN_FDS));
  return new Map(names.map((name, index) => [name, first + index]));
}
