import type { CrashCause } from "../../model/index.js";
import { toHex } from "../../model/index.js";
import { type Mapping, PROT_READ, PROT_WRITE } from "../../native/memory/maps.js";

type StackOverflow = Extract<CrashCause, { kind: "stack-overflow" }>;

/** What a thread's stack is judged by. Addresses past 2^53 are near enough: they are in no stack. */
export interface StackView {
  /** By address. */
  readonly mappings: readonly Mapping[];
  readonly stackPointer: number;
  readonly framePointer: number;
  /** Somewhere in the thread's stack; null where that is not known. */
  readonly inStack: number | null;
}

/** No frame is larger, in bytes: a stack pointer farther off has been overwritten. */
const LARGEST_FRAME = 2 ** 34;

/** What one instruction pushes, and probes of large frames (-fstack-clash-protection), stay within it. */
const REACH = 65_536;

/** The kernel's frame for a signal's handler is never larger (with AMX's tiles 11 KB), in bytes. */
const SIGNAL_FRAME = 16_384;

/**
 * Whether a fault came of a stack that had no room. `address`: what was accessed; null where the
 * kernel has raised the fault because there was no room for a handler's frame.
 *
 * - The stack pointer has left its memory: a large frame was taken in one step.
 * - It has not, and what lies just below it and its memory was accessed: a push, a call, a probe.
 * - It has landed in other memory, beyond the guard page, and what lies between that and the stack,
 *   where the frame pointer still is, was accessed.
 */
export function stackOverflow(view: StackView, address: number | null): StackOverflow | null {
  const { stackPointer: sp, framePointer, inStack } = view;
  const under = memoryAt(view, sp);
  const home = inStack === null ? null : memoryAt(view, inStack);
  if (under === null) return ranOff(view, home);
  if (address === null) return sp - under.start < SIGNAL_FRAME ? overflow(under.start, null) : null;
  if (address < under.start && address >= sp - REACH) {
    return overflow(under.start, under.start - address);
  }
  const isBetween = home !== null && sp <= address && address < home.start;
  if (isBetween && memoryAt(view, framePointer) === home)
    return overflow(home.start, home.start - sp);
  return null;
}

function ranOff(view: StackView, home: Mapping | null): StackOverflow | null {
  const { stackPointer: sp, framePointer } = view;
  const stack = [home, memoryAt(view, framePointer)].find((mapping) => isJustAbove(mapping, sp));
  if (stack) return overflow(stack.start, stack.start - sp);
  const next = view.mappings.find(({ start }) => start > sp);
  return isJustAbove(next ?? null, sp) ? overflow(null, null) : null;
}

function isJustAbove(mapping: Mapping | null, sp: number): mapping is Mapping {
  return mapping !== null && mapping.start > sp && mapping.start - sp < LARGEST_FRAME;
}

function overflow(end: number | null, missing: number | null): StackOverflow {
  return { kind: "stack-overflow", end: end === null ? null : toHex(end), missing };
}

/** What can be read and written at an address. */
function memoryAt({ mappings }: StackView, address: number): Mapping | null {
  const both = PROT_READ | PROT_WRITE;
  const found = mappings.find(({ start, end }) => address >= start && address < end);
  return found && (found.protection & both) === both ? found : null;
}
