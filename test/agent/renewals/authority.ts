/** Authorities made by OpenSSL, as those are that sign certificates of real hosts: a root, one below it, and what they sign. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Signed {
  /** The certificate alone, PEM. */
  readonly pem: string;
  readonly key: string;
}

export class Authority {
  readonly #folder: string;
  readonly #above: Authority | undefined;

  /** @param above who signs it; itself when absent */
  constructor(folder: string, name: string, above?: Authority) {
    mkdirSync(folder, { recursive: true });
    this.#folder = mkdtempSync(join(folder, "authority-"));
    this.#above = above;
    const { pem, key } = (above ?? this).#make(name, "basicConstraints=critical,CA:TRUE", 3650, !above);
    writeFileSync(join(this.#folder, "ca.pem"), pem);
    writeFileSync(join(this.#folder, "ca.key"), key);
  }

  /** Its certificate, PEM. */
  get pem(): string {
    return readFileSync(join(this.#folder, "ca.pem"), "utf8");
  }

  /** The certificates below the root, as a server sends them. */
  get chain(): string {
    return this.#above ? `${this.pem}${this.#above.chain}` : "";
  }

  /** Signs a certificate for hosts. */
  sign(
    hosts: readonly string[],
    {
      extra = "extendedKeyUsage=serverAuth",
      days = 90,
    }: { readonly extra?: string; readonly days?: number } = {},
  ): Signed {
    const names = hosts.map((host) => (/^[\d.]+$/.test(host) ? `IP:${host}` : `DNS:${host}`));
    return this.#make(hosts[0] ?? "", `subjectAltName=${names.join(",")}\n${extra}`, days, false);
  }

  #make(name: string, extensions: string, days: number, isRoot: boolean): Signed {
    const file = (end: string) => join(this.#folder, `made.${end}`);
    const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "pipe" });
    writeFileSync(file("ext"), extensions);
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", file("key"));
    openssl("req", "-new", "-key", file("key"), "-subj", `/CN=${name}`, "-out", file("csr"));
    const by = isRoot
      ? ["-signkey", file("key")]
      : ["-CA", join(this.#folder, "ca.pem"), "-CAkey", join(this.#folder, "ca.key"), "-CAcreateserial"];
    openssl(
      ...["x509", "-req", "-in", file("csr"), "-days", String(days), "-extfile", file("ext"), ...by],
      ...["-out", file("pem")],
    );
    return { pem: readFileSync(file("pem"), "utf8"), key: readFileSync(file("key"), "utf8") };
  }
}
