import { checkOptions, nearestName, type Signature } from "../model/index.js";
import { isOut, isTyped } from "../values/index.js";
import { scopeErrors } from "./errors.js";
import { CALL_OPTIONS, type CallOptions } from "./scope-options.js";

/**
 * A call's values, and the options behind them. Throws UsageError ARGUMENT_COUNT, and
 * INVALID_OPTION where what stands behind the values is an object of other keys.
 */
export function splitOptions(
  { name, parameters, variadic }: Signature,
  given: readonly unknown[],
): { values: readonly unknown[]; options: CallOptions } {
  const least = parameters.length;
  const last = given.at(-1);
  const isForMore = variadic && isOptions(last) && !hasOptionOf(last);
  const hasOptions = given.length > least && !isForMore && (isOptions(last) || last === undefined);
  const values = hasOptions ? given.slice(0, -1) : given;
  if (values.length < least || (!variadic && values.length > least)) {
    const number = `${least} argument${least === 1 ? "" : "s"}`;
    const expected = `${variadic ? "at least " : ""}${least === 0 ? "no arguments" : number}`;
    throw scopeErrors.argumentCount(name, expected, values.length);
  }
  if (hasOptions) checkOptions(last, CALL_OPTIONS, name);
  return { values, options: hasOptions ? ((last as CallOptions | undefined) ?? {}) : {} };
}

/** Behind `...` an object of no option, well spelt or not, is taken for a value, and refused as one. */
function hasOptionOf(given: object): boolean {
  const keys = Object.keys(given);
  const known = Object.keys(CALL_OPTIONS);
  return keys.length === 0 || keys.some((key) => nearestName(key, known) !== null);
}

/** A plain object is a value only where it is a pointer into a buffer, or what `out` and `as` give. */
function isOptions(value: unknown): value is CallOptions {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  const isPointer = "buffer" in value && "offset" in value;
  return !isPointer && !isOut(value) && !isTyped(value);
}
