/** The first byte of a MessagePack value. github.com/msgpack/msgpack/blob/master/spec.md */
export const Format = {
  FIXMAP: 0x80, // to 0x8f, length in the low 4 bits
  FIXARRAY: 0x90, // to 0x9f, length in the low 4 bits
  FIXSTR: 0xa0, // to 0xbf, length in the low 5 bits
  NIL: 0xc0,
  NEVER_USED: 0xc1,
  FALSE: 0xc2,
  TRUE: 0xc3,
  BIN8: 0xc4, // to 0xc6
  EXT8: 0xc7, // to 0xc9
  FLOAT32: 0xca,
  FLOAT64: 0xcb,
  UINT8: 0xcc,
  UINT16: 0xcd,
  UINT32: 0xce,
  UINT64: 0xcf,
  INT8: 0xd0,
  INT16: 0xd1,
  INT32: 0xd2,
  INT64: 0xd3,
  FIXEXT1: 0xd4, // to 0xd8
  STR8: 0xd9,
  STR16: 0xda,
  STR32: 0xdb,
  ARRAY16: 0xdc,
  ARRAY32: 0xdd,
  MAP16: 0xde,
  MAP32: 0xdf,
  NEGATIVE_FIXINT: 0xe0, // to 0xff: -32 to -1; 0x00 to 0x7f are 0 to 127
} as const;

/** What kind of value a first byte announces. */
export type FormatFamily =
  | "nil"
  | "boolean"
  | "integer"
  | "float"
  | "string"
  | "binary"
  | "array"
  | "map"
  | "extension"
  | "never used";

export function familyOf(byte: number): FormatFamily {
  if (byte < Format.FIXMAP || byte >= Format.NEGATIVE_FIXINT) return "integer";
  if (byte < Format.FIXARRAY || byte >= Format.MAP16) return "map";
  if (byte < Format.FIXSTR || byte >= Format.ARRAY16) return "array";
  if (byte < Format.NIL || byte >= Format.STR8) return "string";
  if (byte >= Format.FIXEXT1) return "extension";
  if (byte >= Format.UINT8) return "integer";
  if (byte >= Format.FLOAT32) return "float";
  if (byte >= Format.EXT8) return "extension";
  if (byte >= Format.BIN8) return "binary";
  if (byte === Format.NIL) return "nil";
  return byte === Format.NEVER_USED ? "never used" : "boolean";
}
