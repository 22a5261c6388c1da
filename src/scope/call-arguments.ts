import type { CType, Parameter, Signature } from "../model/index.js";
import { typeText } from "../prototype/index.js";
import type { CheckedArgument, CheckedValue } from "./call-builder.js";
import { scopeErrors } from "./errors.js";
import { type Layout, layoutOf, pointeeLayout } from "./memory-type.js";
import { floatOf, integerOf } from "./numbers.js";
import type { ScopeHeap } from "./scope-heap.js";
import { wireType } from "./wire-values.js";

/** N uninitialised bytes, made for one call: what they hold after it is in `call.buffers`. */
export interface OutArgument {
  readonly kind: "out";
  /** In bytes. */
  readonly size: number;
}

/**
 * Memory of `size` bytes for one call to write, where a pointer is due.
 *
 * ```ts
 * const { buffers } = await compress(out(100), [100], "hello", 5);
 * buffers[0].content; // 100 bytes, as the call left them
 * ```
 */
export function out(size: number): OutArgument {
  return { kind: "out", size };
}

const COMPARATORS = ["cmp:i32", "cmp:u8", "cmp:f64", "cmp:str"] as const;

const LONG: CType = { kind: "int", bytes: 8, signed: true, char: false };

/**
 * The values of a call, each checked against its parameter as it comes. Bytes and text for a pointer
 * are put into `heap` then. Throws UsageError, HEAP_FULL.
 */
export function* argumentsOf(
  { parameters }: Signature,
  values: readonly unknown[],
  heap: ScopeHeap,
): Generator<CheckedArgument> {
  for (const [index, value] of values.entries()) {
    const parameter = parameters[index];
    const name = parameter?.name ?? `arg${index}`;
    const checked = parameter ? fixed(value, parameter, heap) : variadic(value, name, heap);
    yield { name, index, value: checked };
  }
}

function fixed(value: unknown, { name, type }: Parameter, heap: ScopeHeap): CheckedValue {
  const place = `${name} (${typeText(type)})`;
  if (type.kind !== "pointer") return scalar(value, type, place);
  if (value === null) return { kind: "null" };
  if (typeof value === "bigint") return { kind: "address", value };
  if (type.to.kind === "function") {
    const comparator = COMPARATORS.find((known) => known === value);
    if (!comparator) throw scopeErrors.notFunction(place, value);
    return { kind: "comparator", comparator: comparator.slice(4) as "i32" | "u8" | "f64" | "str" };
  }
  const target = { name, place, const: type.const, layout: pointeeLayout(type.to) };
  return pointer(value, target, heap);
}

/** C's promotions leave integers, doubles and pointers there. Text has its NUL. */
function variadic(value: unknown, name: string, heap: ScopeHeap): CheckedValue {
  if (typeof value === "bigint" || Number.isInteger(value) || typeof value === "boolean") {
    return scalar(value, LONG, name);
  }
  if (typeof value === "number") return { kind: "float", value, bytes: 8 };
  if (value === null) return { kind: "null" };
  return pointer(value, { name, place: name, const: false, layout: layoutOf("char[]") }, heap);
}

function scalar(value: unknown, type: CType, place: string): CheckedValue {
  if (wireType(type) === "void") throw scopeErrors.notNumber(place, value);
  if (type.kind === "float") {
    return { kind: "float", value: floatOf(value, place), bytes: type.bytes };
  }
  return { kind: "int", value: integerOf(value, type, place) };
}

/** What a pointer argument is for. */
interface Target {
  readonly name: string;
  /** For messages. */
  readonly place: string;
  readonly const: boolean;
  /** Of what it points to; null where that has none. */
  readonly layout: Layout | null;
}

function pointer(value: unknown, target: Target, heap: ScopeHeap): CheckedValue {
  const { name, place, const: isConst, layout } = target;
  const known = heap.pointerOf(value);
  if (known) return { kind: "memory", ...known, const: isConst, temporary: false };
  const { kind, size } = (value ?? {}) as Partial<OutArgument>;
  if (kind === "out" && typeof size === "number") {
    return { kind: "buffer", bytes: null, size: outSize(size, place), const: isConst };
  }
  const buffer = heap.temporary(value, layout, name, place);
  return { kind: "memory", buffer, offset: 0, const: isConst, temporary: true };
}

function outSize(size: number, place: string): number {
  if (Number.isInteger(size) && size >= 0) return size;
  throw scopeErrors.notSize(place, size);
}
