/**
 * The socket for commands on the agent's own host. Who may use it is decided by the system, not by a token: it lies in
 * a folder that only the agent's user, and root, can enter (mode 0700), and is itself writable by its owner alone (0600).
 *
 * Source: unix(7), "Pathname socket ownership and permissions".
 */
import { chmodSync, lstatSync, mkdirSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { dirname, resolve } from "node:path";
import type { FastifyInstance } from "fastify";
import { longestSocketPath, socketAddress } from "../../api/local-socket.ts";

/**
 * Starts listening on the socket. One that an agent left behind when it was killed is replaced.
 *
 * @throws {Error} with a sentence: others can enter the folder, another agent listens there, the path is too long
 */
export async function listenLocally(server: FastifyInstance, socket: string): Promise<void> {
  const path = socketAddress(socket);
  if (Buffer.byteLength(path) > longestSocketPath)
    throw new Error(
      `the path of the socket ${socket} is too long (expected at most ${longestSocketPath} bytes: see socket in agent.yaml)`,
    );
  const folder = dirname(resolve(socket));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { mode, uid } = statSync(folder);
  if ((mode & 0o077) !== 0 || uid !== process.geteuid?.())
    throw new Error(
      `others can enter the folder of the socket ${socket} (expected one of the agent's own user, with mode 0700)`,
    );
  await removeLeftBehind(socket, path);
  await server.listen({ path, listenTextResolver: () => `listening at ${socket}` });
  chmodSync(socket, 0o600);
}

async function removeLeftBehind(socket: string, path: string): Promise<void> {
  const found = lstatSync(socket, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isSocket())
    throw new Error(`${socket} is in the way of the agent's socket (expected nothing there)`);
  const answers = await new Promise<boolean>((done) => {
    const probe = connect(path, () => done(true)).on("error", () => done(false));
    probe.once("connect", () => probe.destroy());
  });
  if (answers) throw new Error(`another agent listens on the socket ${socket}`);
  rmSync(socket, { force: true });
}
