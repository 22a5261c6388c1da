import type { GuardedMemory } from "../guard/guarded-memory.js";
import type { ProtectedRange } from "../guard/protected-range.js";
import type { EventBuffer } from "../model/event-buffer.js";
import { AccessFlag, flagsOf, PAGE_SIZE, pageOf, type TraceeAddress } from "../model/index.js";
import { signalInfo } from "../native/ptrace/ptrace.js";
import { RegisterFile } from "../native/ptrace/registers.js";
import type { SignalInfo } from "../native/ptrace/siginfo.js";
import { SIGBUS, SIGSEGV, SIGTRAP } from "../native/ptrace/signals.js";
import { ThreadRegisters } from "../threads/thread-registers.js";
import type { Thread, ThreadTable } from "../threads/thread-table.js";
import { hideTrapFlag, stepsItself } from "../threads/trap-flag.js";
import { accessesOf, type DecodedInstruction, type MemoryAccess } from "../x86/decode/index.js";
import type { InstructionCache } from "../x86/decode/instruction-cache.js";
import type { SignalState } from "./signals/signal-state.js";

/** What the reference engine did, for `engineStats`. */
export interface ReferenceStats {
  /** Instructions served. */
  instructions: number;
  /** Instructions that were not understood. */
  unknown: number;
}

/** What became of an instruction: it ran, or it raised a signal of its own. */
interface Outcome {
  readonly after: RegisterFile;
  readonly raised: SignalInfo | null;
  /** The trap of a step that the program has asked for itself, by the trap flag. */
  readonly trap?: SignalInfo | null;
}

/**
 * The reference engine: opens the guarded memory that an instruction faulted on, with all other
 * threads stopped, runs that one instruction, and closes it again. Slow, simple, and the oracle that
 * other engines are held to.
 */
export class ReferenceEngine {
  readonly stats: ReferenceStats = { instructions: 0, unknown: 0 };

  constructor(
    readonly memory: GuardedMemory,
    readonly threads: ThreadTable,
    readonly signalState: SignalState,
    readonly instructions: InstructionCache,
    readonly events: EventBuffer,
  ) {}

  /**
   * Serves a thread that is stopped at a fault on guarded memory, and leaves it stopped behind the
   * instruction. Returns the signal to deliver that the instruction raised by itself, if any.
   * `begun`: the registers at the beginning of a repeated string instruction that has done some
   * iterations.
   */
  serve(thread: Thread, fault: SignalInfo, begun: RegisterFile | null = null): SignalInfo | null {
    const { tid } = thread;
    const frozen = this.threads.freeze(thread);
    try {
      const run = (registers: RegisterFile) => this.#run(thread, registers, fault, begun);
      return this.memory.code.borrow(tid, run, this.signalState.blockedBy(tid));
    } finally {
      this.threads.thaw(frozen);
    }
  }

  /** Runs one instruction; puts into `registers` what the thread is to go on with. */
  #run(
    thread: Thread,
    registers: RegisterFile,
    fault: SignalInfo,
    begun: RegisterFile | null,
  ): SignalInfo | null {
    const instruction = this.instructions.at(registers.ip);
    const before = new ThreadRegisters(thread.tid, begun ?? registers.copy());
    if (instruction.needs.vectors) before.fetchExtended();
    const opened: ProtectedRange[] = [];
    this.#open(thread, opened, this.#pagesOf(accessesOf(instruction, before, null), fault));
    const { after, raised, trap = null } = this.#execute(thread, registers, instruction, opened);
    if (raised === null && instruction.pushesFlags) {
      hideTrapFlag(this.memory.code.memory, before.rflags(), after); // it may lie in what is open
    }
    this.memory.protector.close(thread.tid, opened);
    this.signalState.restoreActions(thread.tid);
    registers.words.set(after.words);
    this.#record(
      thread,
      instruction,
      before,
      new ThreadRegisters(thread.tid, after),
      raised,
      fault,
    );
    return raised ?? trap;
  }

  /** Runs the instruction until it is over, opening what else it faults on. */
  #execute(
    thread: Thread,
    registers: RegisterFile,
    instruction: DecodedInstruction,
    opened: ProtectedRange[],
  ): Outcome {
    const before = registers.copy();
    for (;;) {
      const { stop, after, completed } = this.#attempt(thread, before, instruction);
      if (completed && stopsHalfWay(instruction, after)) {
        before.words.set(after.words);
        continue;
      }
      if (completed) {
        return { after, raised: null, trap: stepsItself(before) ? signalInfo(thread.tid) : null };
      }
      const info = signalInfo(thread.tid);
      const guarded =
        stop.kind === "signal" &&
        stop.signal === SIGSEGV &&
        this.memory.guard.covers(info.faultAddress);
      if (!guarded || isOpen(opened, info.faultAddress)) return { after, raised: info };
      before.words.set(after.words); // a repeated string instruction keeps the progress it made
      this.#open(thread, opened, [pageRange(info.faultAddress)]);
    }
  }

  /**
   * Tries the instruction once. A repeated string instruction runs out of line, because a step
   * stops at each iteration. After a fault the instruction pointer is at the original.
   */
  #attempt(thread: Thread, registers: RegisterFile, instruction: DecodedInstruction) {
    if (instruction.form.tag === "rep-string") {
      const bytes = Buffer.alloc(instruction.length);
      this.memory.code.memory.fill(instruction.ip, bytes);
      const run = this.memory.code.runInSlot(thread.tid, registers, bytes);
      run.after.ip = (instruction.ip + (run.completed ? instruction.length : 0)) as TraceeAddress;
      return run;
    }
    registers.write(thread.tid);
    const stop = this.memory.code.runToStop(thread.tid, "step");
    const after = RegisterFile.of(thread.tid);
    return { stop, after, completed: stop.kind === "signal" && stop.signal === SIGTRAP };
  }

  /** The page it faulted on, and all that it accesses as far as that is known beforehand. */
  #pagesOf(accesses: readonly MemoryAccess[], fault: SignalInfo): [TraceeAddress, TraceeAddress][] {
    const spans = accesses.map(
      ({ address, size }) => [address, address + size] as [TraceeAddress, TraceeAddress],
    );
    return [pageRange(fault.faultAddress), ...spans];
  }

  #open(
    thread: Thread,
    opened: ProtectedRange[],
    spans: readonly [TraceeAddress, TraceeAddress][],
  ): void {
    for (const [start, end] of spans) {
      const ranges = this.memory.guard
        .rangesToOpen(start, end)
        .filter((range) => !isOpen(opened, range.start));
      this.memory.protector.open(thread.tid, ranges);
      opened.push(...ranges);
    }
  }

  #record(
    thread: Thread,
    instruction: DecodedInstruction,
    before: ThreadRegisters,
    after: ThreadRegisters,
    raised: SignalInfo | null,
    fault: SignalInfo,
  ): void {
    this.stats.instructions++;
    const { ip } = instruction;
    const all = accessesOf(instruction, before, after, (address, size) =>
      this.#bytes(address, size),
    );
    const made = raised === null ? all : this.#before(raised, instruction, all);
    const recorded = made.filter(({ address, size }) =>
      this.#touchesGuard(address, address + size),
    );
    for (const access of recorded) {
      const flags = flagsOf({ ...access, origin: "user" });
      this.events.add(access.address, access.size, ip, thread.tid, flags);
    }
    if (instruction.form.tag !== "unknown") return;
    this.stats.unknown++;
    if (recorded.length > 0) return;
    this.events.add(fault.faultAddress, 0, ip, thread.tid, AccessFlag.UNKNOWN);
  }

  #bytes(address: TraceeAddress, size: number): Uint8Array | null {
    const bytes = Buffer.alloc(size);
    return this.memory.code.memory.read(address, bytes) === size ? bytes : null;
  }

  /**
   * The accesses that an instruction has made before it raised a signal. A memory fault undoes all
   * but the finished iterations of a repeated string instruction, and the finished elements of a
   * gather or a scatter; other exceptions (a division by zero) come after the operands were read.
   */
  #before(raised: SignalInfo, instruction: DecodedInstruction, accesses: MemoryAccess[]) {
    const { tag } = instruction.form;
    if (tag === "rep-string" || tag === "indexed") return accesses;
    if (raised.signal === SIGSEGV || raised.signal === SIGBUS) return [];
    return accesses.filter((access) => access.kind === "read");
  }

  #touchesGuard(start: TraceeAddress, end: number): boolean {
    for (let page: number = pageOf(start); page < Math.max(end, start + 1); page += PAGE_SIZE) {
      if (this.memory.guard.covers(page)) return true;
    }
    return false;
  }
}

function pageRange(address: number): [TraceeAddress, TraceeAddress] {
  const page = pageOf(address);
  return [page, (page + PAGE_SIZE) as TraceeAddress];
}

function isOpen(opened: readonly ProtectedRange[], address: number): boolean {
  return opened.some(({ start, end }) => address >= start && address < end);
}

/**
 * Where an element of a gather or a scatter faults, the trap of a step comes in place of the fault (SDM
 * vol. 2C, VPGATHERDD): also of one that the kernel would have served by itself, such as the first of a
 * new page. So does a tile's row, of which nothing is known here.
 */
function stopsHalfWay({ form, ip }: DecodedInstruction, after: RegisterFile): boolean {
  return (form.tag === "indexed" || form.tag === "unknown") && after.ip === ip;
}
