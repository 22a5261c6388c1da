import { Reg, type RegisterFile } from "../../native/ptrace/registers.js";
import type { Place } from "../cache/place.js";
import { RECORD_SIZE } from "../cache/template.js";
import { Slot } from "../cache/thread-area.js";
import type { FragmentThread } from "./fragment-threads.js";
import type { StringRuns } from "./string-run.js";

/**
 * Takes threads out of fragments by recreating the program's registers. Their records stay unread.
 */
export class FragmentExit {
  constructor(readonly runs: StringRuns) {}

  /**
   * Takes out a thread that is at an instruction's start or fault. Puts into `registers` what the
   * program has there: they are still to be written. `reads`: the instruction has read its operands.
   * Returns the registers with which a string instruction began that is cut short.
   */
  takeOut(
    thread: FragmentThread,
    registers: RegisterFile,
    place: Place,
    reads: boolean,
  ): RegisterFile | null {
    const { cache } = thread;
    const { words } = registers;
    const { block, instruction, fault, isAdvanced } = place;
    const slots = cache.readSlots();
    const log = fault?.swapped ? slots.readBigUInt64LE(Slot.log) : words[Reg.r15]!;
    const end = Number(log) - (isAdvanced ? RECORD_SIZE * block.template.records : 0);
    cache.log.leave(end, { block, instruction, reads });
    const isRun = fault?.repeated === true;
    const begun = isRun ? this.runs.takeOut(registers, place, end, slots) : null;
    if (fault?.withoutRcx) words[Reg.rcx] = slots.readBigUInt64LE(Slot.rcx);
    words[Reg.r14] = slots.readBigUInt64LE(Slot.r14);
    words[Reg.r15] = slots.readBigUInt64LE(Slot.r15);
    registers.forgetSyscall();
    registers.ip = block.ips[instruction]!;
    this.#left(thread);
    return begun;
  }

  /**
   * An indirect branch to a non-canonical address faults before it does anything. In a fragment the
   * jump that leaves for that target faults in its place: brings the thread back to the branch.
   * False where another instruction has faulted.
   */
  takeBackBranch(thread: FragmentThread, registers: RegisterFile): boolean {
    const { tid, cache } = thread;
    const slots = cache.readSlots();
    const block = cache.isLeaving(registers.ip) && cache.blockOf(slots.readInt32LE(Slot.from));
    if (!block) return false;
    const { words } = registers;
    const end = Number(slots.readBigUInt64LE(Slot.log)) - RECORD_SIZE * block.template.records;
    cache.log.leave(end, { block, instruction: block.ips.length - 1, reads: false });
    words[Reg.rsp] = BigInt.asUintN(64, words[Reg.rsp]! - BigInt(block.released));
    registers.ip = block.ips.at(-1)!;
    registers.write(tid);
    this.#left(thread);
    return true;
  }

  #left(thread: FragmentThread): void {
    thread.cache.forgetExit();
    thread.pending = false;
  }
}
