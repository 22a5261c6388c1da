import type { RegisterFile, SignalInfo } from "../../native/index.js";
import { accessesOf } from "../decode/index.js";
import type { Guard } from "../guard.js";
import type { InstructionCache } from "../instruction-cache.js";
import { ThreadRegisters } from "../thread-registers.js";
import type { FaultPoint } from "./block.js";
import type { FragmentThread } from "./fragment-threads.js";
import type { SiteTable } from "./site-table.js";
import type { Translator } from "./translator.js";

/** Puts right what was translated for other memory than its operand points to. */
export class OperandChange {
  constructor(
    readonly guard: Guard,
    readonly instructions: InstructionCache,
    readonly sites: SiteTable,
    readonly translator: Translator,
  ) {}

  /**
   * `registers`: of the thread, back at the program's own instruction after the fault `info` at `fault`.
   * True where it faulted because of how it was translated, and is translated for what it is now.
   */
  explains(
    { tid, cache }: FragmentThread,
    registers: RegisterFile,
    fault: FaultPoint,
    info: SignalInfo,
  ): boolean {
    const { ip } = registers;
    const instruction = this.instructions.at(ip);
    const before = new ThreadRegisters(tid, registers.copy());
    if (instruction.needs.vectors) before.fetchExtended();
    const accesses = accessesOf(instruction, before, null);
    const isTraced = accesses.some(({ address }) => this.guard.covers(address));
    const hitGuard = this.guard.covers(info.faultAddress);
    switch (fault.site) {
      case "native":
        if (!isTraced || !hitGuard) return false;
        if (fault.movable) this.sites.change(ip, "native");
        else this.sites.refuse(ip);
        break;
      case "traced":
        if (isTraced) return hitGuard; // its gs base was lost
        this.sites.change(ip, "traced");
        break;
      default:
        return false;
    }
    if (!this.translator.again(cache, tid, ip, registers)) this.sites.refuse(ip);
    return !this.sites.isRefused(ip);
  }
}
