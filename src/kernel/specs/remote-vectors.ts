import type { Tid } from "../../model/index.js";
import { processOf } from "../../native/process-facts.js";
import { ThreadGone } from "../../native/ptrace/thread-gone.js";
import type { Call } from "../call.js";
import type { ArgumentSpec } from "./argument-spec.js";
import { type Direction, ranges, vectors } from "./vectors.js";

/**
 * Buffers in the process that the first argument names (process_vm_readv(2)). They are of interest
 * only where that is the tracee itself.
 */
export function remoteVectors(count: (call: Call) => number, direction: Direction): ArgumentSpec {
  const ours = vectors(count, direction);
  const others = ranges(count);
  return (call, address, slot) => (isItself(call) ? ours : others)(call, address, slot);
}

function isItself(call: Call): boolean {
  const target = call.int(0);
  if (target === call.pid || target === call.tid) return true;
  try {
    return processOf(target as Tid) === call.pid;
  } catch (error) {
    if (error instanceof ThreadGone) return false;
    throw error;
  }
}
