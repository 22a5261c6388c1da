import { rehearse as rehearseFragments } from "../../fragments/run/rehearsal.js";
import type { TraceeAddress } from "../../model/index.js";
import { canRunFragments } from "../../native/cpuid.js";
import { waitedForProcessor } from "../../native/run-queue.js";
import { decodeInstruction } from "../../x86/decode/index.js";

/** `mov eax, [rdi]` */
const LOAD = Uint8Array.of(0x8b, 0x07);

/**
 * For how long a rehearsal may wait for a processor, in ms. What it takes of busy ones is what a first
 * call would take twice of; after so long, that call is near.
 */
const MAX_WAITING_MS = 100;

function* rehearseReference(): Generator<void> {
  decodeInstruction(LOAD, 0 as TraceeAddress); // iced makes its tables
  yield;
}

/** Ends where others want the processors too much. */
function* whileIdle(steps: Iterable<void>): Generator<void> {
  const waited = waitedForProcessor();
  try {
    for (const _ of steps) {
      yield;
      if (waitedForProcessor() - waited > MAX_WAITING_MS) return;
    }
  } catch {
    // What is not rehearsed takes longer, and no more: no session is to end for it.
  }
}

/**
 * What a tracer does while its program starts: what the first call would be slow at, for JavaScript that
 * has not run yet is. Once a thread, whose sessions come one after the other.
 */
export const rehearsals = {
  auto: whileIdle(canRunFragments() ? rehearseFragments() : rehearseReference()),
  reference: whileIdle(rehearseReference()),
};
