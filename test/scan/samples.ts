/**
 * Credentials that never were any, made when the tests run: no file of this repository holds what looks like one.
 */
import { createHash } from "node:crypto";

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** As irregular as a generated token, and the same in every run. */
export function generated(length: number, seed = "sample"): string {
  let text = "";
  for (let round = 0; text.length < length; round += 1)
    for (const byte of createHash("sha256").update(`${seed} ${round}`).digest())
      text += letters[byte % letters.length];
  return text.slice(0, length);
}

export function digest(seed = "sample"): string {
  return createHash("sha256").update(seed).digest("hex");
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

export const samples = {
  okta: `00${generated(40)}`,
  entra: `${generated(3)}8Q~${generated(34)}`,
  gitlab: `gl${"soat-"}${generated(20)}`,
  gitlabPersonal: `gl${"pat-"}${generated(20)}`,
  google: `AI${"za"}${generated(35)}`,
  stripe: `sk${"_live_"}${generated(24)}`,
  vault: `hv${"s."}${generated(24)}`,
  azure: `${generated(86)}==`,
  auth: Buffer.from(`ada:${generated(12)}`).toString("base64"),
  jwt: `${part({ alg: "HS256", typ: "JWT" })}.${part({ sub: "ada", iat: 1 })}.${generated(43)}`,
  github: `gh${"p_"}${generated(36)}`,
  basic: `https://ada:${generated(16)}@hg.corp.test/core`,
  pem: `-----BEGIN RSA ${"PRIVATE"} KEY-----\nMII${generated(61)}\n${generated(64, "b")}\n-----END RSA ${"PRIVATE"} KEY-----\n`,
};
