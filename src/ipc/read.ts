import { Unpackr } from "msgpackr";
import { check } from "./check.js";
import type { Shape } from "./shape.js";
import type { Value } from "./write.js";

/** Integers as numbers, right up to 2^53; the fast one. */
const narrow = new Unpackr({ useRecords: false, int64AsType: "number" });
/** Every 64-bit integer as BigInt, whatever its value. */
const wide = new Unpackr({ useRecords: false, int64AsType: "bigint" });

/**
 * The values of `payload`, checked to be of `shape`. Integers may be BigInt where they are safe
 * too (`narrowed` in integers.ts).
 */
export function read(payload: Uint8Array, shape: Shape): Value {
  return (check(payload, shape).wide ? wide : narrow).unpack(payload);
}
