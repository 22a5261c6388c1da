import { Unpackr } from "msgpackr";
import { check } from "./check.js";
import type { Schema } from "./schema.js";
import type { Value } from "./write.js";

/** Integers as numbers, right up to 2^53; the fast one. */
const narrow = new Unpackr({ useRecords: false, int64AsType: "number" });
/** Every 64-bit integer as BigInt, whatever its value. */
const wide = new Unpackr({ useRecords: false, int64AsType: "bigint" });

/**
 * The values of `payload`, checked to be of `schema`. Integers may be BigInt where they are safe
 * too (`narrowed` in integers.ts).
 */
export function read(payload: Uint8Array, schema: Schema): Value {
  return (check(payload, schema).wide ? wide : narrow).unpack(payload);
}
