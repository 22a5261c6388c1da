import { type TraceeAddress, USER_SPACE_END } from "../../model/index.js";
import { Reg, type RegisterFile } from "../../native/ptrace/registers.js";
import type { Block } from "../cache/block.js";
import { Slot } from "../cache/thread-area.js";
import type { Translator } from "../translate/translator.js";
import type { FragmentThread } from "./fragment-threads.js";
import type { MappingCheck } from "./mapping-check.js";

/**
 * Answers indirect-branch misses: traps of threads whose branch leads to code that is not
 * translated. Leaving the fragments would cost a stop at the next access as well, and whatever ran
 * until then would not be seen.
 */
export class BranchMisses {
  constructor(
    readonly translator: Translator,
    readonly mappings: MappingCheck,
  ) {}

  /** `registers`: of a thread at a miss. It goes on in the block for its target, or leaves. */
  answer(thread: FragmentThread, registers: RegisterFile): void {
    const { tid, cache } = thread;
    thread.missesLeft--;
    if (thread.missesLeft <= 0) cache.setTrapping(false);
    const target = Number(registers.words[Reg.r14]!) as TraceeAddress;
    const isKnown = cache.blocks.has(target);
    // Code that accesses no traced memory, as of a run-time system, may be left for each time.
    const isWorthIt = isKnown || (this.mappings.isCurrent && this.translator.source.isWarm(target));
    const block = isWorthIt ? this.#blockAt(target, { tid, cache }, registers) : null;
    if (block) {
      cache.enterIndirectly(block);
      cache.proceed(block, registers, tid);
      return;
    }
    if (target < USER_SPACE_END) cache.addLeavingTarget(target, registers);
    cache.leave(registers, tid);
  }

  #blockAt(
    target: TraceeAddress,
    { tid, cache }: Pick<FragmentThread, "tid" | "cache">,
    registers: RegisterFile,
  ): Block | null {
    const known = cache.blocks.get(target);
    if (known) return known;
    const slots = cache.readSlots();
    const own = registers.copy();
    own.words[Reg.rcx] = slots.readBigUInt64LE(Slot.rcx);
    own.words[Reg.r14] = slots.readBigUInt64LE(Slot.r14);
    own.words[Reg.r15] = slots.readBigUInt64LE(Slot.r15);
    return this.translator.translateTarget(cache, tid, target, own);
  }
}
