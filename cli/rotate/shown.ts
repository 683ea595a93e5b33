/** The certificate that a listener on this host shows, asked over TLS, whoever signed it. */
import { X509Certificate } from "node:crypto";
import { connect, type DetailedPeerCertificate } from "node:tls";
import type { Pair } from "../../agent/http/tls/pair.ts";
import { fail, ok, type Result } from "../../model/result.ts";

export type ShownCertificate = Pick<Pair, "x509" | "others">;

/** An agent that is started anew, with sockets that somebody holds for it, answers when it is there. */
const patience = 20_000;

/** @param listen as agent.yaml has it, `host:port` */
export function shownAt(listen: string): Promise<Result<ShownCertificate, string>> {
  const [, host = "", port = ""] = /^(.*):(\d+)$/.exec(listen) ?? [];
  // who listens everywhere listens on loopback
  const target = { "0.0.0.0": "127.0.0.1", "[::]": "::1" }[host] ?? host.replace(/^\[|\]$/g, "");
  return new Promise((done) => {
    const no = (why: string) =>
      done(fail(`nobody answers at ${listen} over TLS: ${why} (expected the agent to run)`));
    const socket = connect({ host: target, port: Number(port), rejectUnauthorized: false }, () => {
      const [x509, ...others] = chainOf(socket.getPeerCertificate(true));
      socket.destroy();
      if (x509) done(ok({ x509, others }));
      else no("it shows no certificate");
    });
    socket.setTimeout(patience, () => {
      socket.destroy();
      no(`not within ${patience / 1_000} s`);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => no(error.code ?? error.message));
  });
}

function chainOf(shown: DetailedPeerCertificate): X509Certificate[] {
  const chain: X509Certificate[] = [];
  for (
    let at: DetailedPeerCertificate | undefined = shown;
    at?.raw && !chain.some(({ raw }) => at && raw.equals(at.raw));
    at = at.issuerCertificate
  )
    chain.push(new X509Certificate(at.raw));
  return chain;
}
