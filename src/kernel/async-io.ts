import type { GuardedMemory } from "../guard/guarded-memory.js";
import type { EventBuffer } from "../model/event-buffer.js";
import {
  AccessFlag,
  type AddressRange,
  type Tid,
  type TraceeAddress,
  USER_SPACE_END,
} from "../model/index.js";
import type { SyscallEntry, SyscallExit } from "../native/ptrace/ptrace.js";
import { RegisterFile } from "../native/ptrace/registers.js";
import {
  SYS_IO_GETEVENTS,
  SYS_IO_PGETEVENTS,
  SYS_IO_SUBMIT,
  SYS_IO_URING_ENTER,
  SYS_IO_URING_SETUP,
} from "../native/syscall-numbers.js";
import type { Thread } from "../threads/thread-table.js";
import type { GuardedWrite } from "./guarded-write.js";
import type { Placed } from "./placement.js";
import { SYSCALL_LENGTH } from "./restarts.js";

/** struct io_event, linux/aio_abi.h, in bytes. */
const EVENT = 32;
const OBJECT = 8;
const RESULT = 16;

/** The argument of io_getevents(2) that the completions go to. */
const EVENTS = 3;

const EVERYTHING = [{ start: 0, end: USER_SPACE_END } as AddressRange];

interface Target {
  readonly address: number;
  readonly size: number;
  readonly writes: boolean;
}

/** What was submitted on guarded memory. */
interface Operation {
  /** Of its struct iocb, as the program knows it. */
  readonly address: number;
  readonly buffers: readonly Target[];
  readonly tid: Tid;
  /** Of the io_submit(2). */
  readonly ip: TraceeAddress;
  recorded: boolean;
}

/**
 * Input and output that the kernel does behind the program's back.
 *
 * io_submit(2): the buffers' accesses are recorded when the completion is fetched, for only that
 * tells how much was transferred; or, of what nobody has fetched by then, at the end of the call, the
 * writes as uncertain. io_uring takes its addresses from memory that it shares with the program, at
 * any time: so there is none while memory is guarded, as in many sandboxes, and programs make
 * ordinary calls. Of a ring from before, the trace says that it was used.
 */
export class AsyncIo {
  /** By the address that the kernel has of them. */
  readonly #submitted = new Map<number, Operation>();

  constructor(
    readonly memory: GuardedMemory,
    readonly guardedWrite: GuardedWrite,
    readonly events: EventBuffer,
  ) {}

  /** A call is at its entry. True where it is not to be looked at further. */
  entered({ tid }: Thread, { number, ip }: SyscallEntry): boolean {
    if (number === SYS_IO_URING_SETUP) {
      const registers = RegisterFile.of(tid);
      registers.forgetSyscall(); // it is skipped, and returns -ENOSYS
      registers.write(tid);
      return true;
    }
    if (number === SYS_IO_URING_ENTER) {
      const { start } = this.memory.guard.allRanges()[0]!;
      const flags = AccessFlag.KERNEL | AccessFlag.UNKNOWN;
      this.events.add(start, 0, (ip - SYSCALL_LENGTH) as TraceeAddress, tid, flags);
    }
    return false;
  }

  /** A call is at its exit. `placed`: what it was given of guarded memory. */
  left(thread: Thread, entry: SyscallEntry, exit: SyscallExit, placed: readonly Placed[]): void {
    if (exit.result <= 0) return;
    if (entry.number === SYS_IO_SUBMIT) {
      const list = placed[0]?.parts ?? [];
      for (const operation of list.slice(0, exit.result)) this.#begun(thread.tid, entry, operation);
    } else if (entry.number === SYS_IO_GETEVENTS || entry.number === SYS_IO_PGETEVENTS) {
      if (this.#submitted.size > 0) this.#fetched(thread, entry.args[EVENTS]!, exit.result);
    }
  }

  /**
   * `ranges` are about to be guarded no more: what has been submitted of them may have been done, and
   * nobody will look in this call.
   */
  releasing(ranges: readonly AddressRange[] = EVERYTHING): void {
    for (const operation of this.#submitted.values()) {
      if (!operation.buffers.some((buffer) => isIn(ranges, buffer))) continue;
      this.#record(operation, Number.POSITIVE_INFINITY, AccessFlag.UNCERTAIN);
    }
  }

  #begun(tid: Tid, { ip }: SyscallEntry, { address, area, parts }: Placed): void {
    this.#submitted.set(address, {
      address: area.address,
      buffers: parts.flatMap(buffersIn),
      tid,
      ip: (ip - SYSCALL_LENGTH) as TraceeAddress,
      recorded: false,
    });
  }

  #fetched(thread: Thread, events: number, count: number): void {
    const bytes = Buffer.alloc(count * EVENT);
    this.memory.code.memory.read(events as TraceeAddress, bytes);
    for (let at = 0; at < bytes.length; at += EVENT) {
      const known = Number(bytes.readBigUInt64LE(at + OBJECT));
      const operation = this.#submitted.get(known);
      if (!operation) continue;
      this.#submitted.delete(known);
      this.#record(operation, Number(bytes.readBigInt64LE(at + RESULT)), 0);
      if (known === operation.address) continue;
      const address = Buffer.alloc(8);
      address.writeBigUInt64LE(BigInt(operation.address));
      this.guardedWrite.write(thread, (events + at + OBJECT) as TraceeAddress, address);
    }
  }

  /** `transferred`: in bytes; negative where the operation has failed. */
  #record(operation: Operation, transferred: number, doubt: number): void {
    if (operation.recorded) return;
    operation.recorded = true;
    let left = transferred;
    for (const { address, size, writes } of operation.buffers) {
      const done = Math.min(left, size);
      if (done <= 0) return;
      left -= done;
      const flags = AccessFlag.KERNEL | (writes ? AccessFlag.WRITE | doubt : 0);
      for (const [from, to] of this.memory.guard.clip(address, address + done)) {
        this.events.add(from as TraceeAddress, to - from, operation.ip, operation.tid, flags);
      }
    }
  }
}

const isIn = (ranges: readonly AddressRange[], { address, size }: Target) =>
  ranges.some(({ start, end }) => address < end && address + size > start);

function buffersIn({ area, parts }: Placed): Target[] {
  if (area.use !== "pages") return parts.flatMap(buffersIn);
  return [{ address: area.address, size: area.size, writes: area.writable }];
}
