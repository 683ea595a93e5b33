/** The Distinguished Encoding Rules, as far as a certificate needs them (X.690, sections 8 and 10). */
import type { Time } from "../model/time.ts";

/** Tag, length, value (8.1). */
export function der(tag: number, ...contents: Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content]);
  const length = base256(content.length);
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, content]);
}

const base256 = (value: number): Buffer => {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
};

export const TRUE = der(0x01, Buffer.from([0xff]));
export const sequence = (...contents: Uint8Array[]): Buffer => der(0x30, ...contents);
export const set = (...contents: Uint8Array[]): Buffer => der(0x31, ...contents);
export const integer = (bigEndian: Buffer): Buffer => der(0x02, bigEndian);
export const octetString = (bytes: Uint8Array): Buffer => der(0x04, bytes);
/** PrintableString: letters and digits, and few others. */
export const printableString = (text: string): Buffer => der(0x13, Buffer.from(text));
export const utf8String = (text: string): Buffer => der(0x0c, Buffer.from(text));

/** Bits from the left; `unused` of those in the last byte do not count. */
export const bitString = (bytes: Uint8Array, unused = 0): Buffer => der(0x03, Buffer.from([unused]), bytes);

/** UTCTime before 2050, GeneralizedTime from then on (RFC 5280, 4.1.2.5). */
export const time = (at: Time): Buffer => {
  const digits = new Date(at).toISOString().replace(/[-:T]|\.\d+/g, "");
  return digits < "2050" ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits));
};

/** The first two numbers share a byte; each other one is written seven bits a byte, highest first (8.19). */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const number of rest) {
    const group = [number % 128];
    for (let high = Math.floor(number / 128); high > 0; high = Math.floor(high / 128))
      group.unshift(0x80 | (high % 128));
    bytes.push(...group);
  }
  return der(0x06, Buffer.from(bytes));
}
