import { EventBuffer } from "../engine/event-buffer.js";
import { type BackedHeap, releaseForkedChild } from "../engine/fork.js";
import { Guard, type ProtectedRange } from "../engine/guard.js";
import { Protector } from "../engine/protector.js";
import { ReferenceEngine } from "../engine/reference.js";
import { SyscallWatch } from "../engine/syscalls.js";
import type { Thread, ThreadTable } from "../engine/threads.js";
import type { AccessBatch, Pid, TraceeAddress } from "../model/index.js";
import { RemoteCode, type SignalInfo, type StopQueue } from "../native/index.js";
import type { HeapCommand } from "./messages.js";

/** Everything that serves accesses, for one address space of the tracee: an execve ends it. */
export class TraceeEngine {
  readonly guard = new Guard();
  readonly events: EventBuffer;
  readonly reference: ReferenceEngine;
  readonly #code: RemoteCode;
  readonly #protector: Protector;
  readonly #syscalls: SyscallWatch;
  readonly #heaps: BackedHeap[] = [];

  constructor(
    pid: Pid,
    readonly stops: StopQueue,
    readonly threads: ThreadTable,
    post: (batch: AccessBatch) => void,
  ) {
    this.events = new EventBuffer(post);
    this.#code = new RemoteCode(pid, stops);
    this.#protector = new Protector(this.#code);
    this.reference = new ReferenceEngine(
      this.#code,
      threads,
      this.guard,
      this.#protector,
      this.events,
    );
    this.#syscalls = new SyscallWatch(this.#code, this.guard, this.#protector, this.events);
  }

  addHeap({ fd, guarded, backdoor, size }: HeapCommand): void {
    const heap = {
      fd,
      size,
      guarded: guarded as TraceeAddress,
      backdoor: backdoor as TraceeAddress,
    };
    this.guard.addHeap(heap);
    this.#heaps.push(heap);
  }

  /** Guards a plain client's pages, and has the syscalls of all threads watched. */
  guardCall(thread: Thread, ranges: readonly ProtectedRange[]): void {
    const close = this.guard.arm(ranges);
    if (close.length > 0) {
      this.#code.borrow(thread.tid, () => this.#protector.close(thread.tid, close));
    }
    if (this.guard.isEmpty) return;
    thread.watched = true;
    this.threads.watch(thread);
  }

  releaseCall(thread: Thread): void {
    thread.watched = false;
    const open = this.guard.disarm();
    if (open.length === 0) return;
    this.#code.borrow(thread.tid, () => this.#protector.open(thread.tid, open));
  }

  /** Serves a fault on guarded memory and runs the thread on; false when it is none. */
  serve(thread: Thread, fault: SignalInfo): boolean {
    if (!fault.isFault || !this.guard.covers(fault.faultAddress)) return false;
    this.reference.serve(thread, fault);
    return true;
  }

  /** Handles a syscall stop and runs the thread on. */
  syscall(thread: Thread): void {
    this.#syscalls.stopped(thread);
    this.threads.resume(thread);
  }

  /** Gives a forked child, not yet run, the memory it would have untraced. */
  releaseForkedChild(child: Pid): void {
    releaseForkedChild(child, this.stops, this.guard, this.#heaps);
  }

  close(): void {
    this.#code.close();
  }
}
