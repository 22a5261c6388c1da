import type { Signature } from "../model/index.js";
import { scopeErrors } from "./errors.js";
import { ScopeBuffer } from "./scope-buffer.js";

/** Of one call. */
export interface CallOptions {
  /** Ends the call: it rejects with CANCELLED. */
  readonly signal?: AbortSignal | undefined;
  /** Of the call itself, in ms; the scope's unless given. */
  readonly timeout?: number | undefined;
}

/**
 * A call's values, and the options behind them. Throws UsageError ARGUMENT_COUNT.
 */
export function splitOptions(
  { name, parameters, variadic }: Signature,
  given: readonly unknown[],
): { values: readonly unknown[]; options: CallOptions } {
  const least = parameters.length;
  const last = given.at(-1);
  const hasOptions = given.length > least && (isOptions(last) || last === undefined);
  const values = hasOptions ? given.slice(0, -1) : given;
  if (values.length < least || (!variadic && values.length > least)) {
    const number = `${least} argument${least === 1 ? "" : "s"}`;
    const expected = `${variadic ? "at least " : ""}${least === 0 ? "no arguments" : number}`;
    throw scopeErrors.argumentCount(name, expected, values.length);
  }
  return { values, options: hasOptions ? ((last as CallOptions | undefined) ?? {}) : {} };
}

/** A plain object of nothing but options: everything else is a value. */
function isOptions(value: unknown): value is CallOptions {
  if (typeof value !== "object" || value === null || value instanceof ScopeBuffer) return false;
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  return Object.keys(value).every((key) => key === "signal" || key === "timeout");
}
