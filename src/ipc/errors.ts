import { type ErrorText, FfiscopeError } from "../model/index.js";
import type { FormatFamily } from "./formats.js";
import type { IntegerSchema, Schema } from "./schema.js";

/** Stable. Each is one way in which bytes are not a message. */
export type ProtocolErrorCode =
  | "FRAME_EMPTY"
  | "FRAME_TOO_LARGE"
  | "UNKNOWN_VARIANT"
  | "WRONG_TYPE"
  | "UNSUPPORTED_FORMAT"
  | "INTEGER_OUT_OF_RANGE"
  | "WRONG_LENGTH"
  | "TRAILING_BYTES"
  | "TRUNCATED"
  | "NESTED_TOO_DEEP";

/**
 * Bytes that the protocol does not allow, or a message that it has no bytes for. One line, also
 * where it quotes what came: what a child sends is quoted as JSON and cut.
 */
export class ProtocolError extends FfiscopeError {
  declare readonly code: ProtocolErrorCode;

  constructor(text: ErrorText & { readonly code: ProtocolErrorCode }) {
    super(text);
  }
}

/** What came, by its first byte. */
const FOUND: Readonly<Record<FormatFamily, string>> = {
  nil: "nil",
  boolean: "a boolean",
  integer: "an integer",
  float: "a float",
  string: "text",
  binary: "binary data",
  array: "an array",
  map: "a map",
  extension: "an extension type",
  "never used": "the byte 0xc1",
};

const EXPECTED: Readonly<Record<Exclude<Schema["kind"], "integer">, string>> = {
  float: "a float",
  boolean: "a boolean",
  text: "text",
  name: "a name",
  list: "an array",
  tuple: "an array of fields",
  tuples: "an array of fields",
  variants: "a map of one entry",
};

/** What `where` is to hold, for a person. */
function expected(schema: Schema): string {
  return schema.kind === "integer" ? `an integer (${schema.name})` : EXPECTED[schema.kind];
}

export function frameEmpty(): ProtocolError {
  return new ProtocolError({
    code: "FRAME_EMPTY",
    message: "an empty frame where a message belongs",
  });
}

export function frameTooLarge(length: number, limit: number): ProtocolError {
  return new ProtocolError({
    code: "FRAME_TOO_LARGE",
    message: `a frame of ${length} bytes where at most ${limit} are allowed`,
  });
}

export function unknownVariant(
  where: string,
  found: string,
  known: readonly { readonly name: string }[],
): ProtocolError {
  return new ProtocolError({
    code: "UNKNOWN_VARIANT",
    message: `${where} is ${quote(found)} where one of ${known.map((k) => k.name).join(", ")} belongs`,
  });
}

/** `found` came where `schema` belongs. */
export function wrongType(where: string, found: FormatFamily, schema: Schema): ProtocolError {
  const message = `${where} is ${FOUND[found]} where ${expected(schema)} belongs`;
  if (found === "binary" || found === "extension" || found === "never used") {
    return new ProtocolError({
      code: "UNSUPPORTED_FORMAT",
      message,
      remedy: "With msgpackr, pack with { useRecords: false }, and arrays rather than typed arrays",
    });
  }
  if ((found === "array" || found === "map") && isLeaf(schema)) {
    return new ProtocolError({ code: "NESTED_TOO_DEEP", message });
  }
  if (found === "float" && schema.kind === "integer") {
    return new ProtocolError({
      code: "WRONG_TYPE",
      message,
      remedy: "With msgpackr, pass integers past 2^32 as BigInt: it packs such numbers as floats",
    });
  }
  return new ProtocolError({ code: "WRONG_TYPE", message });
}

function isLeaf(schema: Schema): boolean {
  switch (schema.kind) {
    case "list":
    case "tuple":
    case "tuples":
    case "variants":
      return false;
    default:
      return true;
  }
}

export function notUtf8(where: string): ProtocolError {
  return new ProtocolError({ code: "WRONG_TYPE", message: `${where} is text that is not UTF-8` });
}

/** A message of ours holds a value that its field cannot. */
export function wrongValue(where: string, value: unknown, schema: Schema): ProtocolError {
  return new ProtocolError({
    code: "WRONG_TYPE",
    message: `${where} is ${quote(String(value))} where ${expected(schema)} belongs`,
  });
}

export function integerOutOfRange(
  where: string,
  value: number | bigint,
  schema: IntegerSchema,
): ProtocolError {
  return new ProtocolError({
    code: "INTEGER_OUT_OF_RANGE",
    message: `${where} is ${value} where ${expected(schema)} from ${schema.min} to ${schema.max} belongs`,
  });
}

export function unsafeInteger(where: string, value: number): ProtocolError {
  return new ProtocolError({
    code: "INTEGER_OUT_OF_RANGE",
    message: `${where} is ${value}, a number past 2^53 - 1, which may be rounded`,
    remedy: "Pass it as a BigInt",
  });
}

export function wrongLength(
  where: string,
  found: number,
  wanted: readonly number[],
): ProtocolError {
  return new ProtocolError({
    code: "WRONG_LENGTH",
    message: `${where} has ${found} entries where ${wanted.join(" or ")} belong`,
  });
}

export function listTooLong(where: string, found: number, limit: number): ProtocolError {
  return new ProtocolError({
    code: "WRONG_LENGTH",
    message: `${where} has ${found} entries where at most ${limit} are allowed`,
  });
}

export function textTooLong(where: string, found: number, limit: number): ProtocolError {
  return new ProtocolError({
    code: "WRONG_LENGTH",
    message: `${where} has ${found} bytes where at most ${limit} are allowed`,
  });
}

export function trailingBytes(count: number): ProtocolError {
  return new ProtocolError({
    code: "TRAILING_BYTES",
    message: `${count} bytes follow the message in its frame`,
  });
}

export function truncated(where: string): ProtocolError {
  return new ProtocolError({
    code: "TRUNCATED",
    message: `the frame ends inside ${where}`,
  });
}

const QUOTED_CHARACTERS = 40;

/** Control characters and line separators that JSON leaves as they are. */
const UNPRINTABLE = /[\u007f-\u009f\u2028\u2029]/g;

function quote(text: string): string {
  const cut = text.length > QUOTED_CHARACTERS ? `${text.slice(0, QUOTED_CHARACTERS)}…` : text;
  return JSON.stringify(cut).replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
