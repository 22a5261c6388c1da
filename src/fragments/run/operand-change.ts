import type { Guard } from "../../guard/guard.js";
import type { RegisterFile } from "../../native/ptrace/registers.js";
import type { SignalInfo } from "../../native/ptrace/siginfo.js";
import { ThreadRegisters } from "../../threads/thread-registers.js";
import { accessesOf } from "../../x86/decode/index.js";
import type { InstructionCache } from "../../x86/decode/instruction-cache.js";
import type { FaultPoint } from "../cache/block.js";
import type { Translator } from "../translate/translator.js";
import type { FragmentThread } from "./fragment-threads.js";

/**
 * Translates an instruction again whose operand points to other memory than it was translated for.
 */
export class OperandChange {
  constructor(
    readonly guard: Guard,
    readonly instructions: InstructionCache,
    readonly translator: Translator,
  ) {}

  /**
   * `registers`: of the thread, back at the program's instruction after the fault `info` at
   * `fault`. True where the mode of its operand was wrong: it is translated anew for the right one.
   */
  explains(
    { tid, cache }: FragmentThread,
    registers: RegisterFile,
    fault: FaultPoint,
    info: SignalInfo,
  ): boolean {
    const { ip } = registers;
    const { modes } = this.translator;
    const instruction = this.instructions.at(ip);
    const before = new ThreadRegisters(tid, registers.copy());
    if (instruction.needs.vectors) before.fetchExtended();
    const accesses = accessesOf(instruction, before, null);
    const isTraced = accesses.some(({ address }) => this.guard.covers(address));
    const hitGuard = this.guard.covers(info.faultAddress);
    switch (fault.mode) {
      case "direct":
        if (!isTraced || !hitGuard) return false;
        if (fault.movable) modes.change(ip, "direct");
        else modes.refuse(ip);
        break;
      case "redirected":
        if (isTraced) return false; // some of it is not there, or may not be written
        modes.change(ip, "redirected");
        break;
      default:
        return false;
    }
    if (!this.translator.again(cache, tid, ip, registers)) modes.refuse(ip);
    return !modes.isRefused(ip);
  }
}
