import { BrokenInvariant, FfiscopeError, type Tid, type TraceeAddress } from "../../model/index.js";
import { Reg, RegisterFile } from "../../native/ptrace/registers.js";
import type { SignalInfo } from "../../native/ptrace/siginfo.js";
import {
  SIGBUS,
  SIGFPE,
  SIGILL,
  SIGSEGV,
  type SignalNumber,
  signalName,
} from "../../native/ptrace/signals.js";
import type { Thread } from "../../threads/thread-table.js";
import type { BranchMisses } from "./branch-misses.js";
import type { FragmentEntry } from "./fragment-entry.js";
import type { FragmentStats } from "./fragment-stats.js";
import type { FragmentThread } from "./fragment-threads.js";
import type { OperandChange } from "./operand-change.js";
import type { ThreadsInFragments } from "./threads-in-fragments.js";

/**
 * Faults in a row of one instruction that enters fragments again each time. Its operand has four modes.
 */
const MAX_REENTRIES = 6;

/** Signals whose address is that of the instruction (sigaction(2)). */
const NAMES_INSTRUCTION: ReadonlySet<SignalNumber> = new Set([SIGFPE, SIGILL]);

/** A thread that has faulted in a fragment and is back at the program's instruction. */
export interface FragmentFault {
  /** The signal as the program would have it. */
  readonly fault: SignalInfo;
  /**
   * The registers at the beginning of a repeated string instruction that is to be finished; else
   * null.
   */
  readonly begun: RegisterFile | null;
}

/** Answers signals that instructions raise in fragments. */
export class FragmentFaults {
  constructor(
    readonly inside: ThreadsInFragments,
    readonly entry: FragmentEntry,
    readonly operands: OperandChange,
    readonly misses: BranchMisses,
    readonly stats: FragmentStats,
  ) {}

  /**
   * The log is full, a branch leads to what is not translated, an operand points to other memory than it
   * was translated for, or the signal is the program's own. `resume` runs the thread on: in a fragment,
   * or at the program's own instruction, which then shows what it does. Null where it was called.
   */
  faulted(
    thread: Thread,
    inner: FragmentThread,
    info: SignalInfo,
    resume: () => void,
  ): FragmentFault | null {
    const { tid, cache } = inner;
    const registers = RegisterFile.of(tid);
    requireGsBase(inner, registers);
    if (cache.log.isFull(info)) {
      this.inside.log.turn(cache, registers, tid, resume);
      inner.reentries = null; // it has got on
      return null;
    }
    if (cache.isMissTrap(registers.ip)) {
      this.misses.answer(inner, registers);
      resume();
      return null;
    }
    const place = cache.locate(registers.ip);
    if (!place?.fault) {
      if (this.inside.exit.takeBackBranch(inner, registers)) return this.#raised(inner, info);
      throw unexpectedFault(tid, registers.ip, info);
    }
    const isMemory = info.signal === SIGSEGV || info.signal === SIGBUS;
    const begun = this.inside.exit.takeOut(inner, registers, place, !isMemory);
    registers.write(tid);
    const { ip } = registers;
    const raised = (fault: SignalInfo) => this.#raised(inner, fault, begun);
    if (!isMemory) return raised(NAMES_INSTRUCTION.has(info.signal) ? info.withAddress(ip) : info);
    if (begun) return raised(info);
    if (this.operands.explains(inner, registers, place.fault, info) && this.#goesOn(inner, ip)) {
      if (this.entry.at(thread, registers)) {
        resume();
        return null;
      }
    }
    if (place.fault.mode === "direct") return raised(info); // the program's instruction as it is
    inner.leftAt = ip;
    resume();
    return null;
  }

  /** Records of the thread are read first: what comes of the signal stands behind them. */
  #raised(
    { tid, cache }: FragmentThread,
    fault: SignalInfo,
    begun: RegisterFile | null = null,
  ): FragmentFault {
    this.inside.log.takeAll(cache, tid);
    return { fault, begun };
  }

  /** True until the thread has entered too often at this instruction without getting on. */
  #goesOn(thread: FragmentThread, ip: TraceeAddress): boolean {
    const last = thread.reentries;
    const times = last?.ip === ip ? last.times + 1 : 1;
    thread.reentries = { ip, times };
    return times <= MAX_REENTRIES || this.stats.refuse("stuck");
  }
}

/** All that is logged since it was lost could be false. */
function requireGsBase({ tid, cache }: FragmentThread, { ip, words }: RegisterFile): void {
  const base = BigInt.asIntN(64, words[Reg.gsBase]!);
  if (base === BigInt(cache.distance!)) return;
  throw new BrokenInvariant(
    "REGISTER_NOT_RESTORED",
    `thread ${tid} has lost its gs base in translated code at 0x${ip.toString(16)}: ${base}`,
  );
}

/** Instructions that we add to the program's never fault: there would be no state to recreate. */
function unexpectedFault(
  tid: Tid,
  ip: TraceeAddress,
  { signal, faultAddress }: SignalInfo,
): FfiscopeError {
  const [at, about] = [ip, faultAddress].map((address) => `0x${address.toString(16)}`);
  const name = signalName(signal);
  return new FfiscopeError({
    code: "FRAGMENT_FAULT",
    message: `thread ${tid} got ${name} for ${about} at ${at}, in translated code that cannot fault`,
    remedy: "Trace with --engine reference, and report this with the command that shows it",
  });
}
