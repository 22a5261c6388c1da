import { AccessFlag, type Tid, type TraceeAddress } from "../../model/index.js";
import {
  PROT_NONE,
  PROT_WRITE,
  RegisterFile,
  type RemoteCode,
  readMappings,
  SYSCALL_ARGUMENTS,
  type SyscallEntry,
  type SyscallExit,
  syscallStop,
  type TaskState,
  taskState,
} from "../../native/index.js";
import type { EventBuffer } from "../event-buffer.js";
import type { Guard } from "../guard.js";
import type { Protector } from "../protector.js";
import type { Thread, ThreadTable } from "../threads.js";
import { accessibleLength } from "./accessible.js";
import { guardedAreas } from "./areas.js";
import { Call } from "./call.js";
import { Copies } from "./copies.js";
import {
  type MappingChange,
  mappingChange,
  PROTECTION,
  setsProtection,
} from "./mapping-changes.js";
import { type MemoryAfter, Outcome } from "./outcome.js";
import { FUTEX_PRIVATE, type Placement, placeAreas } from "./placement.js";
import { behindReentry } from "./reentry.js";
import { RESTART_SYSCALL, Restarts, SYSCALL_LENGTH } from "./restarts.js";
import { Scratch } from "./scratch.js";
import { guardedParts, type Touch, touchesOf, without } from "./touches.js";

/** A call that guarded memory has to do with. */
interface Ongoing {
  readonly entry: SyscallEntry;
  readonly placement: Placement;
  readonly copies: Copies;
  /** What the call did before it was interrupted: that has been counted. */
  readonly before: readonly Touch[];
}

/**
 * Makes the tracee's syscalls work on guarded memory as they would untraced, and records what they
 * read and write there.
 *
 * At its entry a call's memory is brought to where the kernel can reach it: our own heap has a
 * backdoor; what lies in a plain client's pages is copied, as are structures that hold pointers to
 * either. At its exit what the kernel wrote is copied back, and the registers are as they were. Only
 * where a copy will not do are pages opened.
 */
export class SyscallWatch {
  readonly #ongoing = new WeakMap<Thread, Ongoing>();
  readonly #numbers = new WeakMap<Thread, number | null>();
  readonly #restarts = new Restarts<Ongoing>();
  readonly #scratch: Scratch;

  constructor(
    readonly code: RemoteCode,
    readonly threads: ThreadTable,
    readonly guard: Guard,
    readonly protector: Protector,
    readonly events: EventBuffer,
  ) {
    this.#scratch = new Scratch(code);
  }

  /**
   * Handles a syscall stop of `thread`, which the caller then resumes if it is stopped still. Returns
   * the number of the syscall that the thread has left; null where it is in one.
   */
  stopped(thread: Thread): number | null {
    const stop = syscallStop(thread.tid);
    thread.inSyscall = stop.phase === "entry";
    if (stop.phase === "entry") this.#entered(thread, stop);
    else if (stop.phase === "exit") this.#left(thread, stop);
    return thread.inSyscall ? null : (this.#numbers.get(thread) ?? null);
  }

  /**
   * A new task, at its first stop, has the registers of its parent's call: it is to find in them what
   * the program gave, as its parent will.
   */
  born(child: Tid, parent: Thread): void {
    const ongoing = this.#ongoing.get(parent);
    if (ongoing) this.#putBack(child, ongoing);
  }

  /** The process has become another program: the call that did that has ended well. */
  execed(thread: Thread): void {
    const ongoing = this.#ongoing.get(thread);
    if (!ongoing) return;
    const end = new Outcome(0, NO_MEMORY);
    this.#record(thread, ongoing.entry, touchesOf(ongoing.placement.placed, end));
  }

  /** A thread has ended. */
  forget(tid: Tid): void {
    this.#scratch.forget(tid);
  }

  #entered(thread: Thread, entry: SyscallEntry): void {
    const interrupted = this.#restarts.entered(thread, entry);
    this.#numbers.set(thread, entry.number);
    this.#ongoing.delete(thread);
    if (this.guard.isEmpty || entry.number === null) return;
    if (entry.number === RESTART_SYSCALL) {
      if (interrupted) this.#goOn(thread, interrupted);
      return;
    }
    const change = mappingChange(entry.number, entry.args);
    if (change) this.#runToExit(thread, entry, change);
    else this.#bring(thread, entry, interrupted?.before ?? []);
  }

  /**
   * At once: an access that is served in between would close what the call has opened. A heap of our
   * own stays guarded, whatever protection the program asks for.
   */
  #runToExit(thread: Thread, { number, args }: SyscallEntry, change: MappingChange): void {
    const { tid } = thread;
    const stays = setsProtection(number!) && this.guard.heapAt(args[0]!) !== undefined;
    const wanted = stays ? setArgument(tid, PROTECTION, BigInt(PROT_NONE)) : 0n;
    this.code.runToStop(tid, "syscall");
    const exit = syscallStop(tid);
    thread.inSyscall = false;
    if (exit.phase === "exit" && exit.result >= 0) change(this.guard, exit.result);
    if (stays) setArgument(tid, PROTECTION, wanted);
  }

  #bring(thread: Thread, entry: SyscallEntry, before: readonly Touch[]): void {
    const { memory } = this.code;
    const areas = guardedAreas(new Call(entry, thread.tid, this.guard, memory));
    if (areas.length === 0) return;
    const placement = placeAreas(areas, this.guard, () => readMappings(thread.tid));
    const begin = (base: TraceeAddress) => {
      const copies = new Copies(placement, memory, base);
      const ongoing = { entry, placement, copies, before };
      copies.make();
      this.#give(thread, ongoing);
      this.#ongoing.set(thread, ongoing);
    };
    if (placement.open.length > 0) this.#runOpened(thread, entry.number!, placement, begin);
    else begin(this.#scratchFor(thread, entry.number!, placement));
  }

  /** A call goes on that the kernel has kept the arguments of: the copies are where they were. */
  #goOn(thread: Thread, ongoing: Ongoing): void {
    const { placement } = ongoing;
    const begin = () => this.#ongoing.set(thread, ongoing);
    if (placement.open.length > 0) this.#runOpened(thread, RESTART_SYSCALL, placement, begin);
    else begin();
  }

  #scratchFor({ tid }: Thread, number: number, { scratchSize }: Placement): TraceeAddress {
    const there = this.#scratch.of(tid, scratchSize);
    if (there !== null) return there;
    behindReentry(this.code, tid, number, () => this.#scratch.ensure(tid, scratchSize));
    return this.#scratch.of(tid, scratchSize)!;
  }

  /** Puts the addresses that the kernel is to see into the argument registers. */
  #give({ tid }: Thread, { placement, copies }: Ongoing): void {
    const registers = RegisterFile.of(tid);
    for (const placed of placement.placed) {
      const register = SYSCALL_ARGUMENTS[placed.area.slot]!;
      registers.words[register] = BigInt(copies.addressOf(placed));
    }
    for (const argument of placement.sharedFlags) {
      registers.words[SYSCALL_ARGUMENTS[argument]!]! &= ~BigInt(FUTEX_PRIVATE);
    }
    registers.write(tid);
  }

  /** The argument registers hold after a syscall what they held before it (syscall(2)). */
  #putBack(tid: Tid, { placement }: Ongoing): void {
    const registers = RegisterFile.of(tid);
    for (const { area } of placement.placed) {
      registers.words[SYSCALL_ARGUMENTS[area.slot]!] = BigInt(area.address);
    }
    for (const argument of placement.sharedFlags) {
      registers.words[SYSCALL_ARGUMENTS[argument]!]! |= BigInt(FUTEX_PRIVATE);
    }
    registers.write(tid);
  }

  /**
   * Runs a call that has to have pages open, with all other threads stopped, up to its end or until
   * it sleeps. What it needs no longer then is closed before the others run on.
   */
  #runOpened(
    thread: Thread,
    number: number,
    placement: Placement,
    begin: (base: TraceeAddress) => void,
  ): void {
    const { tid } = thread;
    const frozen = this.threads.freeze(thread);
    try {
      let base = 0 as TraceeAddress;
      behindReentry(this.code, tid, number, () => {
        if (placement.scratchSize > 0) base = this.#scratch.ensure(tid, placement.scratchSize);
        this.protector.openForSyscall(tid, placement.open);
      });
      begin(base);
      this.threads.resume(thread);
      const state = settledState(tid);
      if (state === "stopped") this.#takeExit(thread);
      else if (state === "sleeping" && placement.closeWhenAsleep && frozen[0]) {
        this.#close(frozen[0].tid, tid);
      }
    } finally {
      this.threads.thaw(frozen);
    }
  }

  #takeExit(thread: Thread): void {
    const { stops } = this.code;
    const stop = stops.of(thread.tid);
    if (stop.kind !== "syscall") return stops.keep(stop);
    thread.stopped = true;
    this.stopped(thread);
  }

  #close(lender: Tid, owner: Tid): void {
    this.code.borrow(lender, () => this.protector.closeAfterSyscall(lender, owner, this.guard));
  }

  #left(thread: Thread, exit: SyscallExit): void {
    this.#restarts.left(thread, exit);
    const ongoing = this.#ongoing.get(thread);
    if (!ongoing) return;
    this.#ongoing.delete(thread);
    this.#finish(thread, ongoing, exit);
  }

  #finish(thread: Thread, ongoing: Ongoing, exit: SyscallExit): void {
    const { placement, copies, before } = ongoing;
    const end = new Outcome(exit.result, {
      bytes: (address, size) => copies.bytes(address, size),
      writableLength: (address, size) =>
        accessibleLength(this.guard, () => readMappings(thread.tid), address, size, PROT_WRITE),
    });
    const touches = touchesOf(placement.placed, end);
    copies.takeBack(touches, (address, bytes) => this.#write(thread, address, bytes));
    this.#putBack(thread.tid, ongoing);
    if (placement.open.length > 0) this.#close(thread.tid, thread.tid);
    const now = without(touches, before);
    this.#record(thread, ongoing.entry, now);
    if (end.restarts) {
      this.#restarts.interrupted(thread, ongoing.entry, {
        ...ongoing,
        before: [...before, ...now],
      });
    }
  }

  /** To guarded memory. The kernel does not let us write to shared mappings against their protection. */
  #write(thread: Thread, address: TraceeAddress, bytes: Uint8Array): void {
    try {
      this.code.memory.write(address, bytes);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EIO") throw error;
      this.#writeOpened(thread, address, bytes);
    }
  }

  #writeOpened(thread: Thread, address: TraceeAddress, bytes: Uint8Array): void {
    const { tid } = thread;
    const end = (address + bytes.length) as TraceeAddress;
    const frozen = this.threads.freeze(thread);
    try {
      this.code.borrow(tid, () => {
        this.protector.openForSyscall(tid, this.guard.rangesToOpen(address, end));
        this.code.memory.write(address, bytes);
        this.protector.closeAfterSyscall(tid, tid, this.guard);
      });
    } finally {
      this.threads.thaw(frozen);
    }
  }

  #record({ tid }: Thread, { ip }: SyscallEntry, touches: readonly Touch[]): void {
    const at = (ip - SYSCALL_LENGTH) as TraceeAddress;
    for (const { kind, address, size } of guardedParts(touches, this.guard)) {
      this.events.add(address, size, at, tid, AccessFlag.KERNEL | KIND_FLAG[kind]);
    }
  }
}

/** Of a process that has become another program. */
const NO_MEMORY: MemoryAfter = {
  bytes: (_address, size) => Buffer.alloc(size),
  writableLength: () => 0,
};

/** Puts another value into an argument register of a stopped thread; returns what was there. */
function setArgument(tid: Tid, index: number, value: bigint): bigint {
  const registers = RegisterFile.of(tid);
  const register = SYSCALL_ARGUMENTS[index]!;
  const before = registers.words[register]!;
  registers.words[register] = value;
  registers.write(tid);
  return before;
}

const KIND_FLAG = { read: 0, write: AccessFlag.WRITE, unknown: AccessFlag.UNKNOWN } as const;

/** Looks this often before it lets another run: a call that does not sleep takes microseconds. */
const EAGER_LOOKS = 20;

/** Between later looks, in ms. */
const PAUSE = 0.2;

/** A call that takes longer holds up the others no longer. */
const MAX_LOOKS = 500;

const never = new Int32Array(new SharedArrayBuffer(4));

/** What a thread that was run on comes to: it stops at its syscall's exit, or sleeps in it. */
function settledState(tid: Tid): TaskState {
  for (let look = 0; look < MAX_LOOKS; look++) {
    const state = taskState(tid);
    if (state !== "running") return state;
    if (look > EAGER_LOOKS) Atomics.wait(never, 0, 0, PAUSE);
  }
  return "running";
}
