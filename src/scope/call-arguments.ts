import type { HostArg } from "../machines/index.js";
import {
  type CType,
  type HeapBuffer,
  type Parameter,
  type Signature,
  type TraceeAddress,
  toHex,
} from "../model/index.js";
import { typeText } from "../prototype/index.js";
import { scopeErrors } from "./errors.js";
import { type Layout, layoutOf, pointeeLayout } from "./memory-type.js";
import { floatOf, integerOf } from "./numbers.js";
import type { ScopeBuffer } from "./scope-buffer.js";
import type { ScopeHeap } from "./scope-heap.js";
import { exactly, wireType } from "./wire-arguments.js";

/** N uninitialised bytes, made for one call: what they hold after it is in `call.buffers`. */
export interface OutArgument {
  readonly kind: "out";
  /** In bytes. */
  readonly size: number;
}

/** Memory of `size` bytes for one call to write, where a pointer is due. */
export function out(size: number): OutArgument {
  return { kind: "out", size };
}

/** A buffer of the scope as a call has it. */
export interface GivenBuffer extends HeapBuffer {
  readonly source: ScopeBuffer;
}

/** Arguments as the host is sent them, and every buffer of the scope by the name it has in the call. */
export interface GivenArguments {
  readonly args: readonly HostArg[];
  readonly buffers: readonly GivenBuffer[];
  /** Made for this call: freed after it. */
  readonly temporaries: readonly ScopeBuffer[];
}

const COMPARATOR = /^cmp:(i32|u8|f64|str)$/;

const INT: CType = { kind: "int", bytes: 8, signed: true, char: false };

/**
 * Turns the values of a call into what the host is sent. Bytes and text for a pointer are put into
 * the heap. Throws UsageError, HEAP_FULL, BUFFER_FREED, FOREIGN_BUFFER.
 */
export function giveArguments(
  { parameters }: Signature,
  values: readonly unknown[],
  heap: ScopeHeap,
): GivenArguments {
  const given = new Given(heap);
  try {
    const args = values.map((value, index) => given.argument(value, index, parameters[index]));
    return { args, buffers: given.buffers(), temporaries: given.temporaries };
  } catch (error) {
    for (const buffer of given.temporaries) buffer.release();
    throw error;
  }
}

/** Collects what one call is given. */
class Given {
  readonly temporaries: ScopeBuffer[] = [];
  /** By the first argument that each was given for. */
  readonly #passed = new Map<ScopeBuffer, { arg: number; name: string; const: boolean }>();

  constructor(readonly heap: ScopeHeap) {}

  argument(value: unknown, index: number, parameter: Parameter | undefined): HostArg {
    if (!parameter) return this.#variadic(value, index);
    const place = `${parameter.name} (${typeText(parameter.type)})`;
    const { type } = parameter;
    if (type.kind !== "pointer") return scalar(value, type, place);
    if (value === null) return { type: "ptr", value: 0 };
    if (typeof value === "bigint") return { type: "ptr", value: toHex(BigInt.asUintN(64, value)) };
    if (type.to.kind === "function") {
      const [, name] = COMPARATOR.exec(String(value)) ?? [];
      if (name === undefined) throw scopeErrors.notFunction(place, value);
      return { type: "comparator", name };
    }
    const layout = pointeeLayout(type.to);
    return this.#pointer(value, index, parameter.name, type.const, layout, place);
  }

  /** C's promotions leave integers, doubles and pointers there. Text has its NUL. */
  #variadic(value: unknown, index: number): HostArg {
    const name = `arg${index}`;
    if (typeof value === "bigint" || Number.isInteger(value) || typeof value === "boolean") {
      return scalar(value, INT, name);
    }
    if (typeof value === "number") return { type: "f64", value };
    if (value === null) return { type: "ptr", value: 0 };
    return this.#pointer(value, index, name, false, layoutOf("char[]"), name);
  }

  #pointer(
    value: unknown,
    arg: number,
    name: string,
    constant: boolean,
    layout: Layout | null,
    place: string,
  ): HostArg {
    const { buffer, offset } = this.heap.pointerOf(value) ?? {
      buffer: this.#temporary(value, name, layout, place),
      offset: 0,
    };
    if (buffer.heap !== this.heap) throw scopeErrors.foreignBuffer(buffer.label);
    const before = this.#passed.get(buffer);
    if (!before) this.#passed.set(buffer, { arg, name, const: constant });
    else if (!constant) before.const = false;
    return { type: "ptr", value: buffer.address + offset };
  }

  #temporary(value: unknown, name: string, layout: Layout | null, place: string): ScopeBuffer {
    const { kind, size } = (value ?? {}) as Partial<OutArgument>;
    const isOut = kind === "out" && typeof size === "number";
    const buffer = isOut
      ? this.heap.allocate(size, name, null)
      : this.heap.temporary(value, layout, name, place);
    this.temporaries.push(buffer);
    return buffer;
  }

  /** All that is allocated: C may have kept a pointer to it. What no argument leads to has -1. */
  buffers(): GivenBuffer[] {
    const argOf = this.#reached();
    const names = new Set<string>();
    return [...this.heap.buffers]
      .map((source) => ({ source, arg: argOf.get(source) ?? -1 }))
      .sort((a, b) => Number(this.#passed.has(b.source)) - Number(this.#passed.has(a.source)))
      .map(({ source, arg }) => {
        const passed = this.#passed.get(source);
        const name = unique(source.name ?? passed?.name ?? source.label, names);
        const address = source.address as TraceeAddress;
        return { name, arg, address, size: source.size, const: passed?.const ?? false, source };
      });
  }

  /** The arguments that lead to buffers, through the pointers that we wrote. */
  #reached(): Map<ScopeBuffer, number> {
    const reached = new Map<ScopeBuffer, number>();
    const open = [...this.#passed].map(([buffer, { arg }]) => [buffer, arg] as const);
    for (let next = open.shift(); next; next = open.shift()) {
      const [buffer, arg] = next;
      if (reached.has(buffer) || buffer.freed) continue;
      reached.set(buffer, arg);
      for (const { buffer: target } of buffer.pointers.values()) open.push([target, arg]);
    }
    return reached;
  }
}

function scalar(value: unknown, type: CType, place: string): HostArg {
  const wire = wireType(type);
  if (wire === "void") throw scopeErrors.notNumber(place, value);
  if (type.kind === "float") return { type: wire, value: floatOf(value, place) };
  return { type: wire, value: exactly(integerOf(value, type, place)) };
}

function unique(name: string, taken: Set<string>): string {
  let free = name;
  for (let i = 2; taken.has(free); i++) free = `${name} (${i})`;
  taken.add(free);
  return free;
}
