/** An issuer of signed tokens on loopback, with real keys, and the release of a connector that trusts it. */
import { createServer, type Server } from "node:http";
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from "jose";
import { endServer, listenOn } from "../../loopback.ts";
import type { ReleaseShape } from "../harness.ts";

export const issuerName = "https://login.example.com/7d444840/v2.0";
export const audience = "api://hgscim";

export interface Signing {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: CryptoKey | Uint8Array;
}

export class Issuer {
  readonly #now: () => number;
  readonly #private = new Map<string, CryptoKey>();
  readonly #public = new Map<string, JWK>();
  #server: Server | undefined;
  #port = 0;
  /** How often its keys were fetched. */
  fetched = 0;
  /** What it answers in place of its keys. */
  instead: { status: number; headers?: Record<string, string>; text: string } | undefined;
  /** Its first public key, PEM. */
  pem = "";

  constructor(now: () => number) {
    this.#now = now;
  }

  get keys(): string {
    return `http://127.0.0.1:${this.#port}/keys`;
  }

  async start(): Promise<void> {
    const server = createServer((_request, response) => {
      this.fetched += 1;
      const keys = JSON.stringify({ keys: [...this.#public.values()] });
      const { status, headers = {}, text } = this.instead ?? { status: 200, text: keys };
      response.writeHead(status, headers).end(text);
    });
    this.#port = await listenOn(server, this.#port);
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await endServer(server);
  }

  async addKey(kid: string, alg: string): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    this.#private.set(kid, privateKey);
    this.#public.set(kid, { ...(await exportJWK(publicKey)), kid, alg, use: "sig" });
    this.pem ||= await exportSPKI(publicKey);
  }

  withdrawKey(kid: string): void {
    this.#public.delete(kid);
  }

  /** A token as it should be, but for what is given. A claim that is undefined is left out. */
  async sign({ claims = {}, header = {}, key }: Signing = {}): Promise<string> {
    const protectedHeader = { alg: "RS256", kid: "RS256", typ: "at+jwt", ...header };
    const seconds = Math.floor(this.#now() / 1_000);
    const payload = {
      iss: issuerName,
      scope: "scim.users scim.groups",
      aud: audience,
      sub: "okta",
      iat: seconds,
      exp: seconds + 3_600,
      ...claims,
    };
    const signing = key ?? this.privateKey(protectedHeader.kid);
    return new SignJWT(payload).setProtectedHeader(protectedHeader).sign(signing);
  }

  /** The key of this name, or the first one for a name that it does not know. */
  privateKey(kid: string): CryptoKey {
    const key = this.#private.get(kid) ?? [...this.#private.values()][0];
    if (!key) throw new Error("the issuer has no key");
    return key;
  }
}

/** Has a release's connector okta trust the issuer in place of a fixed token. */
export function trusting(
  issuer: Pick<Issuer, "keys">,
  parts: { allow?: string[]; scopes?: Record<string, string> } = {},
) {
  return (draft: ReleaseShape) => {
    const { allow = ["groups", "users"], scopes } = parts;
    Object.assign(draft.variables, {
      SCIM_ISSUER: { type: "url", value: issuerName },
      SCIM_AUDIENCE: { type: "string", value: audience },
      SCIM_KEYS: { type: "url", value: issuer.keys },
    });
    draft.connectors.okta.auth = {
      oauth: {
        issuer: { var: "SCIM_ISSUER" },
        audience: { var: "SCIM_AUDIENCE" },
        jwks: { var: "SCIM_KEYS" },
        ...(scopes && { scopes }),
      },
      allow,
    };
    delete draft.variables.SCIM_AUTH_TOKEN;
    draft.secrets = {};
  };
}
