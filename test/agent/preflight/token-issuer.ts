/** An issuer that gives tokens to clients who prove who they are (RFC 6749, section 4.4), with metadata and keys, and what may be wrong with each. */
import { text } from "node:stream/consumers";
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from "jose";
import type { Servers } from "./servers.ts";

export class TokenIssuer {
  origin = "";
  /** The secret of the client `probe`, and the scopes that it has. */
  secret = "probe-secret-of-this-client";
  scopes: readonly string[] = ["scim.users", "scim.groups"];
  audience: string | readonly string[] = "api://hgscim";
  /** How the client may prove who it is. */
  methods: readonly string[] | undefined;
  /** Of its metadata, beside what is there. */
  metadata: object = {};
  /** In place of what stands in its tokens. */
  claims: object = {};
  header: object = {};
  /** For how many seconds a token is good. */
  lifetime = 600;
  /** What it answers in place of a token. */
  instead: { readonly status: number; readonly text: string } | undefined;
  /** What it was asked for: the parameters, and whether the secret came in the header. */
  readonly asked: (Readonly<Record<string, string>> & { readonly by?: string })[] = [];
  #key: CryptoKey | undefined;

  async start(servers: Servers): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair("RS256", { extractable: true });
    this.#key = privateKey as CryptoKey;
    const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: "one", use: "sig" }] };
    this.origin = await servers.plain(async (request, response) => {
      const answer = (status: number, body: unknown) =>
        response
          .writeHead(status, { "content-type": "application/json" })
          .end(typeof body === "string" ? body : JSON.stringify(body));
      if (request.url === "/keys") return answer(200, keys);
      if (request.url === "/.well-known/openid-configuration") return answer(200, this.#metadata());
      if (request.url !== "/token" || request.method !== "POST") return answer(404, {});
      const form = Object.fromEntries(new URLSearchParams(await text(request)));
      const header = request.headers.authorization?.replace("Basic ", "");
      const [id, secret] = header
        ? Buffer.from(header, "base64")
            .toString()
            .split(":")
            .map((part) => new URLSearchParams(`x=${part}`).get("x"))
        : [form.client_id, form.client_secret];
      const { client_secret: _, ...told } = form;
      this.asked.push({ ...told, by: header ? "header" : "body" });
      if (this.instead) return answer(this.instead.status, this.instead.text);
      if (id !== "probe" || secret !== this.secret)
        return answer(401, { error: "invalid_client", error_description: `not the secret: ${secret}` });
      const wanted = (form.scope ?? "").split(" ").filter((one) => one !== "" && !one.endsWith("/.default"));
      if (wanted.some((one) => !this.scopes.includes(one))) return answer(400, { error: "invalid_scope" });
      return answer(200, { access_token: await this.#token(), token_type: "Bearer" });
    });
  }

  #metadata(): object {
    return {
      ...{ issuer: this.origin, jwks_uri: `${this.origin}/keys`, token_endpoint: `${this.origin}/token` },
      ...(this.methods && { token_endpoint_auth_methods_supported: this.methods }),
      ...this.metadata,
    };
  }

  #token(): Promise<string> {
    if (!this.#key) throw new Error("the issuer is not started");
    const now = Math.floor(Date.now() / 1_000);
    return new SignJWT({
      ...{ iss: this.origin, aud: this.audience as string, scope: this.scopes.join(" "), sub: "probe" },
      ...{ iat: now, exp: now + this.lifetime },
      ...this.claims,
    })
      .setProtectedHeader({ alg: "RS256", kid: "one", typ: "at+jwt", ...this.header })
      .sign(this.#key);
  }
}
