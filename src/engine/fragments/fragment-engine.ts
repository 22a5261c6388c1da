import {
  FfiscopeError,
  flagsOf,
  type Tid,
  type TraceeAddress,
  USER_SPACE_END,
} from "../../model/index.js";
import {
  isToBeRestarted,
  Reg,
  RegisterFile,
  type RemoteCode,
  SIGBUS,
  SIGFPE,
  SIGILL,
  SIGSEGV,
  SIGTRAP,
  type SignalInfo,
  type SignalNumber,
  SystemError,
  signalInfo,
  VIEW_DISTANCE,
  writeRegister,
} from "../../native/index.js";
import { accessesOf } from "../decode/index.js";
import type { EventBuffer } from "../event-buffer.js";
import type { Guard } from "../guard.js";
import type { InstructionCache } from "../instruction-cache.js";
import type { Protector } from "../protector.js";
import { ThreadRegisters } from "../thread-registers.js";
import type { Thread } from "../threads.js";
import type { Views } from "../views.js";
import { CodeCache, type Place } from "./code-cache.js";
import { CodeSource } from "./code-source.js";
import { FragmentLog } from "./fragment-log.js";
import { LogReader } from "./log-reader.js";
import { PageTable } from "./page-table.js";
import { SiteTable } from "./site-table.js";
import type { TemplateAccess } from "./template.js";
import { INDIRECT_EXIT, NO_EXIT, Slot } from "./thread-area.js";
import { Translator } from "./translator.js";

/** Faults at one instruction before its code is translated: what happens once is not worth it. */
const WARM = 2;
/** Faults of a session after which everything is. */
const HOT = 4;

/**
 * Faults in a row of one instruction that is sent into a fragment again each time: what it accesses has
 * four states, and a gs base that is lost is put back.
 */
const MAX_REENTRIES = 6;

/** Signals whose address is that of the instruction (sigaction(2)). */
const NAMES_INSTRUCTION: ReadonlySet<SignalNumber> = new Set([SIGFPE, SIGILL]);

const INT3 = 0xcc;
const PUSHF = 0x9c;
const TRAP_FLAG = 1n << 8n; // rflags.TF

/** What the fragment engine did, for `engineStats`. */
export interface FragmentStats {
  /** Entries into fragments: each is a stop. */
  entries: number;
  /** Accesses that were left to the reference engine, by reason. */
  readonly fallbacks: Record<string, number>;
}

/** A thread that has faulted in a fragment and is back at the program's instruction. */
export interface FragmentFault {
  /** The signal as the program would have it. */
  readonly fault: SignalInfo;
  /** It is a string instruction that has begun with these registers, and is to be finished. */
  readonly begun: RegisterFile | null;
}

/** What a thread has of the engine. */
interface ThreadState {
  readonly cache: CodeCache;
  /** It has run fragments since its log was read. */
  pending: boolean;
}

/**
 * Runs the program's code as fragments: copies in which memory operands that point to traced memory
 * are moved to its other view, and their addresses are logged. A thread comes in at a fault on the
 * guard, and stays until it gets to what is not translated.
 *
 * Leaving is always safe, for the program's code is never changed.
 */
export class FragmentEngine {
  readonly stats: FragmentStats = { entries: 0, fallbacks: {} };
  readonly translator: Translator;
  readonly #states = new Map<Tid, ThreadState>();
  /** Caches of threads that have ended. */
  readonly #free: CodeCache[] = [];
  readonly #source: CodeSource;
  readonly #sites: SiteTable;
  readonly #log: FragmentLog;
  readonly #pageTable: PageTable;
  /** Faults on the guard, by the instruction's address. */
  readonly #heat = new Map<number, number>();
  /** Where threads were sent on to the program's instruction: the reference engine serves that. */
  readonly #leftAt = new Map<Tid, TraceeAddress>();
  /** How often threads were sent into fragments again after a fault, at the instruction of the last. */
  readonly #reentries = new Map<Tid, { readonly ip: TraceeAddress; readonly times: number }>();
  #faults = 0;
  #isFresh = false;
  /** There was no room for a cache once (setrlimit(2), too many threads). */
  #isCrowded = false;
  #staysInPlace = false;
  /** At which mappings, and for which distance, an alias was looked for. */
  #looked = "";

  constructor(
    readonly code: RemoteCode,
    readonly guard: Guard,
    readonly instructions: InstructionCache,
    readonly events: EventBuffer,
    readonly views: Views,
    readonly protector: Protector,
    /** Stops all threads but this one, outside of fragments; returns what runs them on. */
    readonly stopOthers: (thread: Thread) => () => void,
  ) {
    const reader = new LogReader(guard, events);
    this.#source = new CodeSource(code.memory);
    this.#sites = new SiteTable(guard);
    this.#log = new FragmentLog(code.memory, reader);
    this.#pageTable = new PageTable(code, guard);
    this.translator = new Translator(code, this.#source, this.#sites, this.#pageTable, reader);
  }

  /** The mappings may have changed since the engine last looked. */
  mappingsChanged(): void {
    this.#isFresh = false;
    this.#staysInPlace = false;
  }

  /** A call begins: where a thread has left fragments in the last one leads out of that. */
  callBegins(): void {
    this.mappingsChanged();
    for (const { cache } of this.#states.values()) cache.forgetExit();
  }

  /** A plain client's pages are not moved any more, until the next call. */
  stayInPlace(): void {
    this.#staysInPlace = true;
  }

  /** A stopped thread is in a fragment. */
  isInside(thread: Thread): boolean {
    const state = this.#states.get(thread.tid);
    return state?.pending === true && state.cache.contains(RegisterFile.of(thread.tid).ip);
  }

  /**
   * Takes a thread in that is stopped at a fault on the guard, at the program's own instruction. False
   * where the reference engine is to serve it.
   */
  enterAtFault(thread: Thread): boolean {
    this.drain(thread);
    const registers = RegisterFile.of(thread.tid);
    const { ip } = registers;
    const leftAt = this.#leftAt.get(thread.tid);
    this.#leftAt.delete(thread.tid);
    if (leftAt === ip) return this.#refuse("operand");
    const heat = (this.#heat.get(ip) ?? 0) + 1;
    this.#heat.set(ip, heat);
    this.#faults++;
    if (heat < WARM && this.#faults < HOT) return this.#refuse("cold");
    const distance = this.#viewDistance(thread.tid);
    if (distance === null) return this.#refuse("view");
    if (!this.#isFresh) this.#refresh(thread, distance);
    if (this.#sites.isRefused(ip)) return this.#refuse("instruction");
    return this.#enter(thread, registers) || this.#refuse("code");
  }

  /** Takes a thread in that goes on behind an instruction that the reference engine has run. */
  enterBehind(thread: Thread): void {
    const cache = this.#states.get(thread.tid)?.cache;
    if (!cache) return;
    const registers = RegisterFile.of(thread.tid);
    if (cache.blocks.has(registers.ip)) this.#enter(thread, registers);
  }

  /** A thread has run fragments since its log was read. */
  isPending({ tid }: Thread): boolean {
    return this.#states.get(tid)?.pending === true;
  }

  /** As {@link enterBehind}, at the exit of a syscall that a fragment has led to. */
  enterBehindSyscall(thread: Thread): void {
    if (!isToBeRestarted(RegisterFile.of(thread.tid))) this.enterBehind(thread);
  }

  /** Reads what a stopped thread has logged so far, wherever it is, and leaves it there. */
  drainInside({ tid }: Thread): void {
    const { cache } = this.#states.get(tid)!;
    this.#log.take(cache, this.#log.endOf(cache, RegisterFile.of(tid)), tid);
  }

  /** Reads the log of a stopped thread that is not in a fragment, or at its exit. */
  drain(thread: Thread): void {
    const state = this.#states.get(thread.tid);
    if (!state?.pending) return;
    const { cache } = state;
    const registers = RegisterFile.of(thread.tid);
    const place = cache.locate(registers.ip);
    const end = this.#log.endOf(cache, registers);
    state.pending = false;
    this.#log.take(cache, end, thread.tid);
    if (place && place.offset < place.block.advancedAt) {
      this.#log.takePart(place, end, false, thread.tid);
    }
  }

  /** A thread has ended. */
  forget(tid: Tid): void {
    const state = this.#states.get(tid);
    this.#states.delete(tid);
    this.#leftAt.delete(tid);
    this.#reentries.delete(tid);
    if (state) this.#free.push(state.cache);
  }

  /**
   * A thread is stopped in a fragment at a signal that its instruction has raised: the log is full, an
   * operand points to other memory than it was translated for, or it is the program's own. `resume`
   * runs it on: in a fragment, or at the program's own instruction, which then shows what it does.
   */
  faulted(thread: Thread, info: SignalInfo, resume: () => void): FragmentFault | null {
    const { tid } = thread;
    const { cache } = this.#states.get(tid)!;
    const registers = RegisterFile.of(tid);
    if (this.#logIsFull(cache, info)) {
      this.#log.turn(cache, registers, tid, resume);
      return null;
    }
    const place = cache.locate(registers.ip);
    if (!place?.fault) {
      if (this.#takeBackBranch(thread, cache, registers)) return { fault: info, begun: null };
      throw unexpectedFault(registers, info);
    }
    const isMemory = info.signal === SIGSEGV || info.signal === SIGBUS;
    const begun = this.#takeOut(thread, cache, registers, place, !isMemory);
    registers.write(tid);
    const { ip } = registers;
    const raised = (fault: SignalInfo) => ({ fault, begun });
    if (!isMemory) return raised(NAMES_INSTRUCTION.has(info.signal) ? info.withAddress(ip) : info);
    if (begun) return raised(info);
    if (this.#misjudged(tid, cache, registers, place, info) && this.#goesOn(tid, ip)) {
      if (this.#enter(thread, registers)) {
        resume();
        return null;
      }
    }
    if (place.fault.site === "native") return raised(info); // the program's instruction as it is
    this.#leftAt.set(tid, ip);
    resume();
    return null;
  }

  /**
   * An indirect branch to what is no address faults by itself, before it has done anything: so does the
   * jump that leaves the fragments for it.
   */
  #takeBackBranch({ tid }: Thread, cache: CodeCache, registers: RegisterFile): boolean {
    const slots = cache.readSlots();
    const block = cache.isMissing(registers.ip) && cache.blockOf(slots.readInt32LE(Slot.from));
    if (!block) return false;
    const { words } = registers;
    const end = Number(slots.readBigUInt64LE(Slot.log)) - 8 * block.template.records;
    this.#log.take(cache, end, tid);
    this.#log.takePart({ block, instruction: block.ips.length - 1 }, end, false, tid);
    words[Reg.rsp] = BigInt.asUintN(64, words[Reg.rsp]! - BigInt(block.released));
    registers.ip = block.ips.at(-1)!;
    registers.write(tid);
    cache.forgetExit();
    this.#states.get(tid)!.pending = false;
    return true;
  }

  /** Entering again and again at one instruction leads nowhere. */
  #goesOn(tid: Tid, ip: TraceeAddress): boolean {
    const last = this.#reentries.get(tid);
    const times = last?.ip === ip ? last.times + 1 : 1;
    this.#reentries.set(tid, { ip, times });
    if (times <= MAX_REENTRIES) return true;
    return this.#refuse("stuck");
  }

  /**
   * Brings a thread that a signal has stopped in a fragment to an instruction of the program, with its
   * registers as the program would have them there.
   */
  settle(thread: Thread): void {
    const { tid } = thread;
    const { cache } = this.#states.get(tid)!;
    this.code.borrow(tid, (registers) => {
      for (;;) {
        registers.words.set(RegisterFile.of(tid).words);
        if (!cache.contains(registers.ip)) return; // it has left by itself
        const place = cache.locate(registers.ip);
        if (place?.isStart) {
          this.#takeOut(thread, cache, registers, place, false);
          return;
        }
        if (place?.fault?.repeated) {
          if (this.#finishRun(tid, place)) continue;
          registers.words.set(RegisterFile.of(tid).words);
          const begun = this.#takeOut(thread, cache, registers, place, false)!;
          return this.#recordRun(tid, registers, begun);
        }
        if (!this.#step(tid, cache)) {
          registers.words.set(RegisterFile.of(tid).words);
          const faulted = cache.locate(registers.ip)!;
          const begun = this.#takeOut(thread, cache, registers, faulted, false);
          if (begun) this.#recordRun(tid, registers, begun);
          return;
        }
      }
    });
  }

  /** Some translated code may come from `[start, end)`. */
  covers(start: number, end: number): boolean {
    return this.#states.size > 0 && this.#source.covers(start, end);
  }

  /** All code is forgotten: the program's has changed. No thread may be in a fragment, or have a log. */
  clear(): void {
    for (const { cache } of this.#states.values()) this.translator.clear(cache);
    for (const cache of this.#free) this.translator.clear(cache);
    this.#heat.clear();
    this.#sites.clear();
    this.#isFresh = false;
  }

  #refuse(reason: string): false {
    const { fallbacks } = this.stats;
    fallbacks[reason] = (fallbacks[reason] ?? 0) + 1;
    return false;
  }

  /** Takes a stopped thread in at `registers.ip`. */
  #enter(thread: Thread, registers: RegisterFile): boolean {
    const { tid } = thread;
    const distance = this.#viewDistance(tid);
    if (distance === null || usesGs(registers)) return false;
    if (!this.#isFresh) this.#refresh(thread, distance);
    this.#pageTable.update();
    const state = this.#stateOf(thread);
    if (!state) return false;
    const { cache } = state;
    cache.setDistance(distance);
    const block =
      cache.blocks.get(registers.ip) ??
      this.translator.translate(cache, tid, registers.ip, registers);
    if (!block) return false;
    this.#followExit(cache, tid, registers);
    cache.enterAt(block, registers);
    registers.write(tid);
    state.pending = true;
    this.stats.entries++;
    return true;
  }

  /** From guarded memory to its other view, which a plain client's pages are given now. */
  #viewDistance(tid: Tid): number | null {
    const { guard, views } = this;
    if (!guard.hasPages) return guard.heapDistance;
    if (views.distance === null && !this.#moveViews(tid)) return null;
    return guard.heaps.length === 0 || guard.heapDistance === views.distance
      ? views.distance
      : null;
  }

  #moveViews(tid: Tid): boolean {
    if (this.#staysInPlace || this.protector.isKeeping) return false;
    const ranges = this.guard.movableRanges();
    if (ranges.length === 0) return false;
    const moved = this.code.borrow(tid, () => this.views.move(tid, ranges));
    this.#staysInPlace = !moved;
    return moved;
  }

  #refresh(thread: Thread, distance: number): void {
    if (!this.#source.refresh(thread.tid)) {
      const runOthersOn = this.stopOthers(thread);
      this.clear();
      runOthersOn();
    }
    this.#isFresh = true;
    const looked = `${this.#source.version} ${distance}`;
    if (looked === this.#looked) return;
    this.#looked = looked;
    this.#sites.canTrust = !this.#hasAlias(distance);
  }

  /** Two mappings lie as far apart as the views of the heap: one could be taken for the other. */
  #hasAlias(distance: number): boolean {
    const others = this.#source.mappings.filter(({ start }) => !this.guard.covers(start));
    const starts = others.map(({ start }) => start);
    return others.some((mapping) => {
      const [start, end] = [mapping.start + distance, mapping.end + distance];
      if (end <= starts[0]! || start >= USER_SPACE_END) return false;
      return others.some((other) => other.start < end && other.end > start);
    });
  }

  /** Null where the tracee has no room for another thread's. */
  #stateOf({ tid }: Thread): ThreadState | null {
    const known = this.#states.get(tid);
    if (known) return known;
    const cache = this.#free.pop() ?? this.#newCache(tid);
    if (!cache) return null;
    const state = { cache, pending: false };
    this.#states.set(tid, state);
    return state;
  }

  #newCache(tid: Tid): CodeCache | null {
    if (this.#isCrowded) return null;
    try {
      return this.code.borrow(tid, () => new CodeCache(this.code, tid));
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#isCrowded = true;
      return null;
    }
  }

  /** Where the thread last left, it could have gone on. */
  #followExit(cache: CodeCache, tid: Tid, registers: RegisterFile): void {
    const slots = cache.readSlots();
    const exit = slots.readInt32LE(Slot.exit);
    if (exit === NO_EXIT) return;
    cache.forgetExit();
    const target =
      exit === INDIRECT_EXIT
        ? (Number(slots.readBigUInt64LE(Slot.target)) as TraceeAddress)
        : cache.exitTarget(exit);
    if (target === null) return;
    const known = cache.blocks.get(target);
    const block = known ?? this.translator.translate(cache, tid, target, registers);
    if (exit === INDIRECT_EXIT && block) cache.enterIndirectly(block);
  }

  /**
   * Reads the log of a thread that is at an instruction's start or fault, and puts into `registers` what
   * the program has there.
   */
  #takeOut(
    thread: Thread,
    cache: CodeCache,
    registers: RegisterFile,
    place: Place,
    reads: boolean,
  ): RegisterFile | null {
    const { tid } = thread;
    const { words } = registers;
    const { block, instruction, fault } = place;
    const slots = cache.readSlots();
    const log = fault?.swapped ? slots.readBigUInt64LE(Slot.log) : words[Reg.r15]!;
    const end = Number(log) - (fault?.advanced ? 8 * block.template.records : 0);
    this.#log.take(cache, end, tid);
    this.#log.takePart(place, end, reads, tid);
    const isRun = fault?.repeated === true;
    const begun = isRun ? this.#takeOutOfRun(registers, place, end, slots) : null;
    if (fault?.withoutRcx) words[Reg.rcx] = slots.readBigUInt64LE(Slot.rcx);
    words[Reg.r14] = slots.readBigUInt64LE(Slot.r14);
    words[Reg.r15] = slots.readBigUInt64LE(Slot.r15);
    words[Reg.origRax] = 2n ** 64n - 1n;
    registers.ip = block.ips[instruction]!;
    cache.forgetExit();
    this.#states.get(tid)!.pending = false;
    return begun;
  }

  /**
   * A string instruction that a fault has cut short: what it has done stays done. Returns the registers
   * with which it began.
   */
  #takeOutOfRun(
    registers: RegisterFile,
    { block, instruction }: Place,
    end: number,
    slots: Buffer,
  ): RegisterFile {
    const { words } = registers;
    const accesses = block.template.accesses.filter((a) => a.instruction === instruction);
    const moveBack = (register: number, bias: number) => {
      words[register] = BigInt.asUintN(64, words[register]! - slots.readBigUInt64LE(bias));
    };
    moveBack(Reg.rdi, Slot.biasOfRdi);
    if (accesses.length > 1) moveBack(Reg.rsi, Slot.biasOfRsi);
    const records = this.#log.words(end, block.template.records);
    const begun = registers.copy();
    const startOf = (access: TemplateAccess) => this.#log.reader.addressOf(access, records);
    // What it did before it came to traced memory is nobody's business.
    const isTraced = accesses.some((access) => this.guard.covers(startOf(access)));
    for (const access of isTraced ? accesses : []) {
      const register = access.flags ? Reg.rdi : Reg.rsi;
      const start = startOf(access);
      const pointer = Number(BigInt.asUintN(48, words[register]!));
      const done = Math.abs(pointer - start) / access.size;
      begun.words[register] = BigInt(start);
      begun.words[Reg.rcx] = words[Reg.rcx]! + BigInt(done);
    }
    begun.words[Reg.r14] = slots.readBigUInt64LE(Slot.r14);
    begun.words[Reg.r15] = slots.readBigUInt64LE(Slot.r15);
    begun.ip = block.ips[instruction]!;
    return begun;
  }

  /** What a string instruction has done that a signal has cut short. */
  #recordRun(tid: Tid, registers: RegisterFile, begun: RegisterFile): void {
    const before = new ThreadRegisters(tid, begun);
    const after = new ThreadRegisters(tid, registers);
    const instruction = this.instructions.at(registers.ip);
    for (const access of accessesOf(instruction, before, after)) {
      const { address, size } = access;
      if (!this.guard.touches(address, address + size)) continue;
      const flags = flagsOf({ ...access, origin: "user" });
      this.events.add(address, size, registers.ip, tid, flags);
    }
  }

  /**
   * Back at the program's own instruction: true where it faulted because it was translated for other
   * memory than it points to, which is put right.
   */
  #misjudged(
    tid: Tid,
    cache: CodeCache,
    registers: RegisterFile,
    { fault }: Place,
    info: SignalInfo,
  ): boolean {
    const { ip } = registers;
    const instruction = this.instructions.at(ip);
    const before = new ThreadRegisters(tid, registers.copy());
    if (instruction.needs.vectors) before.fetchExtended();
    const accesses = accessesOf(instruction, before, null);
    const isTraced = accesses.some(({ address }) => this.guard.covers(address));
    const hitGuard = this.guard.covers(info.faultAddress);
    switch (fault!.site) {
      case "native":
        if (!isTraced || !hitGuard) return false;
        if (fault!.movable) this.#sites.change(ip, "native");
        else this.#sites.refuse(ip);
        break;
      case "traced":
        if (isTraced) return hitGuard; // its gs base was lost
        this.#sites.change(ip, "traced");
        break;
      default:
        return false;
    }
    if (!this.translator.again(cache, tid, ip, registers)) this.#sites.refuse(ip);
    return !this.#sites.isRefused(ip);
  }

  #logIsFull(cache: CodeCache, { signal, faultAddress }: SignalInfo): boolean {
    return signal === SIGSEGV && faultAddress >= cache.logEnd && faultAddress < cache.logEnd + 4096;
  }

  /** One step in a fragment. False where the instruction has raised a signal. */
  #step(tid: Tid, cache: CodeCache): boolean {
    const before = RegisterFile.of(tid);
    const pushesFlags = this.#pushesFlags(before.ip);
    const stop = this.code.runToStop(tid, "step");
    if (stop.kind !== "signal" || stop.signal === SIGTRAP) {
      if (pushesFlags) this.#hideTrapFlag(tid, before);
      return true;
    }
    if (!this.#logIsFull(cache, signalInfo(tid))) return false;
    this.#log.turn(cache, RegisterFile.of(tid), tid, () => {});
    return true;
  }

  /** `pushf`, with an operand-size prefix or without. */
  #pushesFlags(ip: TraceeAddress): boolean {
    const bytes = Buffer.alloc(2);
    this.code.memory.read(ip, bytes);
    return bytes[0] === PUSHF || (bytes[0] === 0x66 && bytes[1] === PUSHF);
  }

  /** A step has the trap flag on the stack, which is ours (SDM vol. 3B, 17.3.1.4). */
  #hideTrapFlag(tid: Tid, before: RegisterFile): void {
    if (before.words[Reg.eflags]! & TRAP_FLAG) return;
    const second = (Number(RegisterFile.of(tid).words[Reg.rsp]!) + 1) as TraceeAddress;
    const byte = Buffer.alloc(1);
    this.code.memory.read(second, byte);
    this.code.memory.write(second, Uint8Array.of(byte[0]! & ~1));
  }

  /**
   * Runs a repeated string instruction to its end: stepping it stops at each iteration. False where it has
   * raised a signal.
   */
  #finishRun(tid: Tid, { block, fault, instruction }: Place): boolean {
    const length = block.ips[instruction + 1]! - block.ips[instruction]!;
    const behind = (block.at + fault!.offset + length) as TraceeAddress;
    const { memory } = this.code;
    const kept = Buffer.alloc(1);
    memory.read(behind, kept);
    memory.write(behind, Uint8Array.of(INT3));
    const stop = this.code.runToStop(tid, "continue");
    memory.write(behind, kept);
    if (stop.kind !== "signal" || stop.signal !== SIGTRAP) return false;
    writeRegister(tid, Reg.rip, behind);
    return true;
  }
}

/** The program has a gs base of its own. One that an earlier call has left is none. */
function usesGs({ words }: RegisterFile): boolean {
  const base = Number(BigInt.asIntN(64, words[Reg.gsBase]!));
  return base !== 0 && Math.abs(base) !== Math.abs(VIEW_DISTANCE);
}

function unexpectedFault(
  { ip }: RegisterFile,
  { signal, faultAddress }: SignalInfo,
): FfiscopeError {
  const where = `0x${ip.toString(16)} in a fragment, about 0x${faultAddress.toString(16)}`;
  return new FfiscopeError({ code: "INTERNAL", message: `signal ${signal} at ${where}` });
}
