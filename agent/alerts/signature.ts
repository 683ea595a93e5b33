/** How a receiver knows that a webhook comes from here and is as it was sent: Standard Webhooks 1.0 (standardwebhooks.com). */
import { createHmac } from "node:crypto";
import type { Time } from "../../model/time.ts";

/** The headers of a delivery, but for its type and length. */
export type SignedHeaders = Readonly<Record<string, string>>;

/** How many bytes of a key are enough and not too many, by the standard. */
const length = { least: 24, most: 64 };

/** The key in a secret, `whsec_` and Base64; undefined where it is none. */
export function signingKey(secret: string): Buffer | undefined {
  const [, text] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? [];
  if (text === undefined) return undefined;
  const key = Buffer.from(text, "base64");
  return key.length >= length.least && key.length <= length.most ? key : undefined;
}

/**
 * The headers that go with a body.
 *
 * @param id the same for each attempt
 * @param at the time of the attempt, by the clock that receivers have
 * @param keys each signs, so that a receiver may have the one before; none signs nothing
 */
export function signed(id: string, at: Time, body: string, keys: readonly Buffer[]): SignedHeaders {
  const timestamp = String(Math.floor(at / 1_000));
  const signatures = keys.map(
    (key) => `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`,
  );
  return {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    ...(signatures.length > 0 && { "webhook-signature": signatures.join(" ") }),
  };
}
