/** The way to the e-mail server of agent.yaml. Few agents send any, and nodemailer takes its time to load: import this when it is needed. */
import { createTransport, type Transporter } from "nodemailer";
import type { Milliseconds } from "../../model/time.ts";
import type { Mail } from "../config-parts.ts";

/**
 * @param password what the reference of the configuration points at; undefined where the server wants none
 * @param patience in which each step of the exchange must be done
 */
export function transportTo(
  { server, tls, auth }: Mail,
  password: string | undefined,
  patience: Milliseconds,
): Transporter {
  const { hostname, port } = new URL(`smtp://${server}`);
  return createTransport({
    ...{ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) },
    ...{ secure: tls === "implicit", requireTLS: tls === "starttls", ignoreTLS: tls === "off" },
    ...(auth && password !== undefined && { auth: { user: auth.user, pass: password } }),
    ...{ connectionTimeout: patience, greetingTimeout: patience },
    ...{ socketTimeout: patience, dnsTimeout: patience },
    ...{ disableFileAccess: true, disableUrlAccess: true },
  });
}
