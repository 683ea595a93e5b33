/**
 * How Terraform and a provider that it has just started find each other: Terraform says by a cookie in the environment
 * that it is the one who starts it, the provider answers with one line on stdout that names its socket and its
 * certificate.
 *
 * Source: hashicorp/go-plugin, docs/internals.md and server.go.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Certificate } from "../../x509/self-signed.ts";

const COOKIE_NAME = "TF_PLUGIN_MAGIC_COOKIE";
const COOKIE_VALUE = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

const GO_PLUGIN_VERSION = 1;
const PROTOCOL_VERSION = 6;

/** A socket's path must fit into `sockaddr_un`: 104 bytes on macOS, 108 on Linux, with the final zero. */
const LONGEST_PATH = 103;

/** Whether Terraform started this process. No secret: it only tells it from a person who tries the file out. */
export const startedByTerraform = (environment: NodeJS.ProcessEnv): boolean =>
  environment[COOKIE_NAME] === COOKIE_VALUE;

/**
 * The certificate, in PEM, by which Terraform will identify itself; undefined when it was told to do without
 * (`TF_DISABLE_PLUGIN_TLS`).
 */
export const clientCertificate = (environment: NodeJS.ProcessEnv): string | undefined =>
  environment.PLUGIN_CLIENT_CERT;

/** A place for the socket that only this user can enter. */
export interface SocketFolder {
  readonly socket: string;
  remove(): void;
}

/** Makes a folder with mode 0700 in the temporary folder, or in /tmp where that has too long a name for a socket. */
export function makeSocketFolder(): SocketFolder {
  const name = "terraform-provider-";
  const socketIn = (folder: string) => join(folder, "socket");
  const fits = Buffer.byteLength(socketIn(join(tmpdir(), `${name}XXXXXX`))) <= LONGEST_PATH;
  const folder = mkdtempSync(join(fits ? tmpdir() : "/tmp", name));
  return { socket: socketIn(folder), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The line that Terraform waits for. The certificate is base64 without padding. */
export function handshakeLine(socket: string, certificate: Certificate | undefined): string {
  const der = certificate?.der.toString("base64").replace(/=+$/, "") ?? "";
  return [GO_PLUGIN_VERSION, PROTOCOL_VERSION, "unix", socket, "grpc", der].join("|");
}
