import type { Context } from "mocha";
import { skipHere } from "../../support/skip.js";
import { contentOf } from "./leftovers.js";

/** Skips where the processor has no registers of 32 bytes. */
export function needsAvx(context: Context): void {
  if (!/\bavx\b/.test(contentOf("/proc/cpuinfo"))) skipHere(context, "the processor has no AVX");
}
