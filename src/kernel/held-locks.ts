import type { GuardedMemory } from "../guard/guarded-memory.js";
import type { EventBuffer } from "../model/event-buffer.js";
import { AccessFlag, type Tid, type TraceeAddress } from "../model/index.js";
import { RegisterFile } from "../native/ptrace/registers.js";
import { robustListHead } from "../native/robust-list.js";
import type { Thread, ThreadTable } from "../threads/thread-table.js";
import { wordAt } from "./call.js";
import type { GuardedWrite } from "./guarded-write.js";

/** struct robust_list_head, linux/futex.h: `next, futex_offset, list_op_pending`, 8 bytes each. */
const HEAD_SIZE = 24;
const OFFSET = 8;
const PENDING = 16;
/** The kernel goes no further. */
const ROBUST_LIST_LIMIT = 2048;
/** In a pointer to an entry: it inherits priorities. */
const INHERITS = 1n;

const FUTEX_OWNER_DIED = 0x4000_0000;
const FUTEX_TID_MASK = 0x3fff_ffff;

/** A lock whose owner is at its end, and what its word is to be. */
interface HeldLock {
  readonly address: TraceeAddress;
  readonly word: number;
  /** The kernel has looked at it before. */
  readonly wasRead: boolean;
}

/**
 * Locks in guarded memory that a thread at its end holds, by its robust list (get_robust_list(2)). The
 * kernel would mark them, and cannot reach the list's entries there.
 */
export class HeldLocks {
  constructor(
    readonly memory: GuardedMemory,
    readonly threads: ThreadTable,
    readonly writer: GuardedWrite,
    readonly events: EventBuffer,
  ) {}

  /**
   * Marks them as the kernel would, and clears `number`, where it is in guarded memory, too. Returns
   * where they are: who waits there has to look again.
   */
  mark(thread: Thread, number: TraceeAddress | null): TraceeAddress[] {
    const { guard } = this.memory;
    const locks = guard.isEmpty ? [] : this.#held(thread.tid);
    if (number !== null && guard.covers(number)) {
      locks.push({ address: number, word: 0, wasRead: false });
    }
    if (locks.length === 0) return [];
    const { ip } = RegisterFile.of(thread.tid);
    const frozen = this.threads.freeze(thread);
    for (const { address, word, wasRead } of locks) {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(word);
      const heap = guard.heapAt(address);
      const at = (heap ? address - heap.guarded + heap.backdoor : address) as TraceeAddress;
      this.writer.write(frozen[0] ?? thread, at, bytes);
      if (wasRead) this.events.add(address, 4, ip, thread.tid, AccessFlag.KERNEL);
      this.events.add(address, 4, ip, thread.tid, AccessFlag.KERNEL | AccessFlag.WRITE);
    }
    this.threads.thaw(frozen);
    return locks.map(({ address }) => address);
  }

  #held(tid: Tid): HeldLock[] {
    const head = robustListHead(tid);
    const start = head === 0 ? null : this.#read(head, HEAD_SIZE);
    if (!start) return [];
    const offset = Number(start.readBigInt64LE(OFFSET));
    const entries = [entryAt(start, PENDING)].filter((entry) => entry !== 0);
    let entry = entryAt(start, 0);
    while (entry !== 0 && entry !== head && entries.length < ROBUST_LIST_LIMIT) {
      entries.push(entry);
      const next = this.#read(entry, 8);
      entry = next ? entryAt(next, 0) : 0;
    }
    const places = new Set(entries.map((one) => (one + offset) as TraceeAddress));
    return [...places].flatMap((address): HeldLock[] => {
      const word = this.memory.guard.covers(address) && this.#read(address, 4)?.readUInt32LE();
      if (!word || (word & FUTEX_TID_MASK) !== tid) return [];
      const marked = ((word & ~FUTEX_TID_MASK) | FUTEX_OWNER_DIED) >>> 0;
      return [{ address, word: marked, wasRead: true }];
    });
  }

  #read(address: number, size: number): Buffer | null {
    const bytes = Buffer.alloc(size);
    return this.memory.code.memory.read(address as TraceeAddress, bytes) === size ? bytes : null;
  }
}

function entryAt(bytes: Buffer, at: number): number {
  return wordAt(bytes, at) - Number(bytes.readBigUInt64LE(at) & INHERITS);
}
