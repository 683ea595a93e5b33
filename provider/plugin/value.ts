/**
 * Values between Terraform and JavaScript: MessagePack on the wire, JSON from the state on disk, both read and written
 * by the schema.
 *
 * Source: hashicorp/terraform, docs/plugin-protocol/object-wire-format.md.
 */
import { decode, ExtData, type ExtensionCodecType, encode } from "@msgpack/msgpack";
import type { Path } from "./diagnostic.ts";
import type { Schema, Type } from "./schema.ts";
import { Unknown } from "./unknown.ts";

/** The attributes of a resource or of a provider's configuration, by name. */
export type Attributes = { readonly [name: string]: unknown };

/** A value that is not of its type; `path` says where. The message never quotes the value: it may be a secret. */
export class ValueError extends Error {
  readonly path: Path;

  constructor(path: Path, problem: string) {
    super(problem);
    this.path = path;
  }
}

/**
 * Unknown values are an extension: 0, or 12 when Terraform knows something about the value. Whatever extension comes is
 * taken for unknown, as the protocol asks.
 */
const unknownAsExtension: ExtensionCodecType<undefined> = {
  tryToEncode: (value) => (value === Unknown ? new ExtData(0, Uint8Array.of(0)) : null),
  decode: () => Unknown,
};

/** Reads a value of the schema. Null is null; throws `ValueError`. */
export function fromMessagePack(schema: Schema, bytes: Uint8Array): Attributes | null {
  const value = decode(bytes, { extensionCodec: unknownAsExtension, useBigInt64: true });
  return value === null ? null : readAttributes(schema, value);
}

/**
 * Reads a state from disk. Attributes that it lacks are null, those that the schema lacks are dropped. Throws
 * `ValueError`.
 */
export function fromJson(schema: Schema, text: string): Attributes {
  // numbers on disk were written by `toMessagePack`: their shortest text is the one that it wrote
  const value: unknown = JSON.parse(text, (_, part) => (typeof part === "number" ? String(part) : part));
  return readAttributes(schema, value);
}

/** Writes a value of the schema. `ValueError` for one that is not of its type, or unknown where that may not be. */
export function toMessagePack(
  schema: Schema,
  value: Attributes | null,
  { allowUnknown }: { readonly allowUnknown: boolean },
): Uint8Array {
  const attributes =
    value === null
      ? null
      : mapObject(schema.attributes, (attribute, name) =>
          write(attribute.type, value[name], [name], allowUnknown),
        );
  return encode(attributes, { extensionCodec: unknownAsExtension });
}

function readAttributes(schema: Schema, value: unknown): Attributes {
  if (!isRecord(value)) throw new ValueError([], "is not an object");
  return mapObject(schema.attributes, (attribute, name) => read(attribute.type, value[name], [name]));
}

function read(type: Type, value: unknown, path: Path): unknown {
  if (value === Unknown) return Unknown;
  if (value === null || value === undefined) return null;
  if (type === "number") return readNumber(value, path);
  return convert(type, value, path, (elementType, element, step) =>
    read(elementType, element, [...path, step]),
  );
}

function write(type: Type, value: unknown, path: Path, allowUnknown: boolean): unknown {
  if (value === Unknown) {
    if (allowUnknown) return Unknown;
    throw new ValueError(path, "is still unknown after apply");
  }
  if (value === null || value === undefined) return null;
  if (type === "number") return writeNumber(value, path);
  return convert(type, value, path, (elementType, element, step) =>
    write(elementType, element, [...path, step], allowUnknown),
  );
}

/** What reading and writing share: the check of the kind of value, and the way down into it. */
function convert(
  type: Exclude<Type, "number">,
  value: unknown,
  path: Path,
  inner: (type: Type, element: unknown, step: string | number) => unknown,
): unknown {
  if (type === "string" || type === "bool") {
    if (typeof value !== (type === "bool" ? "boolean" : "string")) throw mismatch(type, path);
    return value;
  }
  const element = (elementType: Type, content: unknown, step: string | number): unknown => {
    if (content === null || content === undefined) throw new ValueError([...path, step], "must not be null");
    return inner(elementType, content, step);
  };
  switch (type[0]) {
    case "list":
    case "set":
      if (!Array.isArray(value)) throw mismatch(type, path);
      return value.map((content, index) => element(type[1], content, index));
    case "map":
      if (!isRecord(value)) throw mismatch(type, path);
      return mapObject(value, (content, key) => element(type[1], content, key));
    case "object":
      if (!isRecord(value)) throw mismatch(type, path);
      return mapObject(type[1], (attributeType, name) => inner(attributeType, value[name], name));
  }
}

/**
 * Terraform's numbers are decimals of 512 bits and come as text where neither an integer nor a double is exact. One that
 * a JavaScript number cannot hold is refused: silently rounding it would change the configuration.
 */
function readNumber(value: unknown, path: Path): number {
  if (typeof value === "number" && Number.isFinite(value) && !Number.isInteger(value)) return value;
  const whole = typeof value === "number" && Number.isInteger(value) ? BigInt(value) : value;
  const exact = typeof whole === "bigint" || typeof whole === "string" ? decimal(String(whole)) : undefined;
  if (exact === undefined) throw mismatch("number", path);
  const number = Number(exact);
  if (decimal(String(number)) !== exact)
    throw new ValueError(path, "is a number with more digits than this provider can hold");
  return number;
}

/** Fractions go as decimal text: 0.1 as a double would be another number than the 0.1 of the configuration. */
function writeNumber(value: unknown, path: Path): number | string {
  if (typeof value !== "number" || !Number.isFinite(value)) throw mismatch("number", path);
  return Number.isSafeInteger(value) ? value : String(value);
}

/** One form for each decimal, `<sign><digits>e<exponent>`, or undefined for what is none. */
function decimal(text: string): string | undefined {
  const parts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (parts === null) return undefined;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = parts;
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}

/** The path as Terraform would write it: `connectors["okta"]`. */
export const pathText = (path: Path): string =>
  path.map((step, index) => (index === 0 ? String(step) : `[${JSON.stringify(step)}]`)).join("");

const mismatch = (type: Type, path: Path): ValueError =>
  new ValueError(path, `is not of type ${typeName(type)}`);

/** As Terraform prints types: `map(string)`. */
const typeName = (type: Type): string =>
  typeof type === "string" ? type : type[0] === "object" ? "object" : `${type[0]}(${typeName(type[1])})`;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Own properties only and defined, not assigned: `__proto__` is a key like any other. */
const mapObject = <T>(object: { readonly [key: string]: T }, change: (value: T, key: string) => unknown) =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value, key)]));
