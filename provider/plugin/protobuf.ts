/**
 * Protocol Buffers as far as Terraform's plugin protocol needs them: a message is described by a constant, and its
 * TypeScript type follows from it.
 *
 * As in proto3 every field may be absent. Absent is `undefined` here, also for scalars; a field that is set is written
 * even when it holds its default value, so that members of a `oneof` need no rule of their own. Unknown fields are skipped.
 *
 * Source: protobuf.dev, "Encoding".
 */

/** Enumerations travel as `int64`. */
type Scalar = "string" | "bytes" | "bool" | "int64";

/** Field number and type; a map is one with string keys. */
export type Field =
  | readonly [number, Scalar | Message]
  | readonly [number, "repeated" | "map", Scalar | Message];

/** A message: its fields by name. */
export interface Message {
  readonly [field: string]: Field;
}

type Single<T> = T extends "string"
  ? string
  : T extends "bytes"
    ? Uint8Array
    : T extends "bool"
      ? boolean
      : T extends "int64"
        ? number
        : T extends Message
          ? Decoded<T>
          : never;

type FieldValue<F> = F extends readonly [number, "repeated", infer T]
  ? readonly Single<T>[]
  : F extends readonly [number, "map", infer T]
    ? { readonly [key: string]: Single<T> }
    : F extends readonly [number, infer T]
      ? Single<T>
      : never;

/** The value of a message. */
export type Decoded<M extends Message> = { readonly [K in keyof M]?: FieldValue<M[K]> };

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

const MAX_VARINT_BYTES = 10;

/** Encodes a message; fields that are undefined are left out. */
export function encode<M extends Message>(message: M, value: Decoded<M>): Buffer {
  const chunks: Uint8Array[] = [];
  for (const [name, field] of Object.entries(message)) {
    const content: unknown = value[name];
    if (content === undefined) continue;
    if (field.length === 2) {
      writeField(chunks, field[0], field[1], content);
    } else if (field[1] === "repeated") {
      for (const element of content as readonly unknown[]) writeField(chunks, field[0], field[2], element);
    } else {
      for (const entry of Object.entries(content as object))
        writeField(chunks, field[0], mapEntry(field[2]), { key: entry[0], value: entry[1] });
    }
  }
  return Buffer.concat(chunks);
}

/** Decodes a message. Throws when the bytes are not one, with a message that says at which byte. */
export function decode<M extends Message>(message: M, bytes: Uint8Array): Decoded<M> {
  const reader = new Reader(bytes);
  const fields = new Map(Object.entries(message).map(([name, field]) => [field[0], { name, field }]));
  const result: Record<string, unknown> = {};
  while (!reader.atEnd) {
    const tag = Number(reader.varint());
    const known = fields.get(Math.floor(tag / 8));
    const wireType = tag % 8;
    if (known === undefined) {
      reader.skip(wireType);
      continue;
    }
    const { name, field } = known;
    const type = field.length === 2 ? field[1] : field[1] === "map" ? mapEntry(field[2]) : field[2];
    const content = readValue(reader, type, wireType);
    if (field.length === 2) {
      result[name] = content;
    } else if (field[1] === "repeated") {
      result[name] ??= [];
      (result[name] as unknown[]).push(content);
    } else {
      const entry = content as { key?: string; value?: unknown };
      result[name] ??= {};
      // defined, not assigned: "__proto__" is a key like any other
      Object.defineProperty(result[name], entry.key ?? "", {
        value: entry.value ?? defaultOf(field[2]),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
  }
  return result as Decoded<M>;
}

/** A map is a list of messages of key and value. */
const mapEntry = (type: Scalar | Message): Message => ({ key: [1, "string"], value: [2, type] });

const defaultOf = (type: Scalar | Message): unknown =>
  typeof type === "object" ? {} : { string: "", bytes: new Uint8Array(), bool: false, int64: 0 }[type];

function writeField(chunks: Uint8Array[], number: number, type: Scalar | Message, content: unknown): void {
  if (type === "bool" || type === "int64") {
    chunks.push(varint(number * 8 + VARINT), varint(content as boolean | number));
    return;
  }
  const bytes =
    type === "string"
      ? Buffer.from(content as string)
      : type === "bytes"
        ? (content as Uint8Array)
        : encode(type, content as Decoded<Message>);
  chunks.push(varint(number * 8 + LENGTH_DELIMITED), varint(bytes.length), bytes);
}

function readValue(reader: Reader, type: Scalar | Message, wireType: number): unknown {
  const expected = type === "bool" || type === "int64" ? VARINT : LENGTH_DELIMITED;
  if (wireType !== expected) throw reader.error(`expected wire type ${expected}, got ${wireType}`);
  if (type === "int64") return Number(BigInt.asIntN(64, reader.varint()));
  if (type === "bool") return reader.varint() !== 0n;
  const bytes = reader.lengthDelimited();
  if (type === "bytes") return bytes;
  if (type === "string") return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  return decode(type, bytes);
}

/** Seven bits a byte, lowest first; negative numbers as two's complement of 64 bits. */
function varint(value: number | boolean): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

class Reader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#position >= this.#bytes.length;
  }

  varint(): bigint {
    let result = 0n;
    for (let index = 0; index < MAX_VARINT_BYTES; index++) {
      const byte = this.#bytes[this.#position];
      if (byte === undefined) throw this.error("the message ends within a number");
      this.#position++;
      result |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if (byte < 0x80) return result;
    }
    throw this.error(`a number has more than ${MAX_VARINT_BYTES} bytes`);
  }

  lengthDelimited(): Uint8Array {
    return this.#take(Number(this.varint()));
  }

  skip(wireType: number): void {
    if (wireType === VARINT) this.varint();
    else if (wireType === FIXED64) this.#take(8);
    else if (wireType === LENGTH_DELIMITED) this.lengthDelimited();
    else if (wireType === FIXED32) this.#take(4);
    else throw this.error(`unknown wire type ${wireType}`);
  }

  error(problem: string): Error {
    return new Error(`not a protobuf message: ${problem} (at byte ${this.#position})`);
  }

  #take(length: number): Uint8Array {
    const end = this.#position + length;
    if (end > this.#bytes.length) throw this.error("the message ends within a field");
    const taken = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return taken;
  }
}
