import { decodeInstruction } from "../engine/decode/index.js";
import { rehearse as rehearseFragments } from "../engine/fragments/rehearsal.js";
import type { TraceeAddress } from "../model/index.js";
import { canRunFragments, waitedForProcessor } from "../native/index.js";

/** `mov eax, [rdi]` */
const LOAD = Uint8Array.of(0x8b, 0x07);

/** Of its time that a rehearsal may wait for a processor: more, and it takes the program's. */
const MAX_WAITING = 0.25;

function* rehearseReference(): Generator<void> {
  decodeInstruction(LOAD, 0 as TraceeAddress); // iced makes its tables
  yield;
}

/** Ends once others want the processors. */
function* whileIdle(steps: Iterable<void>): Generator<void> {
  const began = performance.now();
  const waited = waitedForProcessor();
  try {
    for (const _ of steps) {
      yield;
      const waits = waitedForProcessor() - waited;
      if (waits > MAX_WAITING * (performance.now() - began)) return;
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
