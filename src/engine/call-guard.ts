import type { Guard, ProtectedRange } from "../guard/guard.js";
import type { Protector } from "../guard/protector.js";
import type { Views } from "../guard/views.js";
import type { SyscallWatch } from "../kernel/watch.js";
import type { RemoteCode } from "../native/remote/remote-code.js";
import type { Thread, ThreadTable } from "../threads/thread-table.js";
import type { SignalState } from "./signals/signal-state.js";

/** Guards a plain client's pages for the length of a call. */
export class CallGuard {
  constructor(
    readonly code: RemoteCode,
    readonly threads: ThreadTable,
    readonly guard: Guard,
    readonly protector: Protector,
    readonly views: Views,
    readonly signalState: SignalState,
    readonly syscalls: SyscallWatch,
    /** Stops all threads but this one, outside of fragments; returns whom to thaw. */
    readonly stopOthers: (thread: Thread) => Thread[],
  ) {}

  /** A call of `thread` begins. Has the syscalls of all threads watched, unless nothing is guarded. */
  close(thread: Thread, ranges: readonly ProtectedRange[]): void {
    const close = this.guard.arm(ranges);
    if (this.guard.isEmpty) return;
    // A thread that is in a syscall is to make it again, or the pages go from under it.
    const frozen = close.length > 0 ? this.threads.freeze(thread) : [];
    this.signalState.note(thread); // before the guard is put up: its traps reset an ignored SIGTRAP
    for (const other of frozen) {
      this.signalState.note(other);
      this.syscalls.makeAnew(other);
    }
    if (close.length > 0) {
      this.code.borrow(thread.tid, () => {
        this.protector.close(thread.tid, close);
        this.signalState.restoreActions(thread.tid);
      });
    }
    thread.watched = true;
    this.threads.watch(thread, (other) => this.signalState.note(other));
    this.threads.thaw(frozen);
  }

  /** The call of `thread` has ended. */
  open(thread: Thread): void {
    thread.watched = false;
    const frozen = this.views.isEmpty ? [] : this.stopOthers(thread);
    const open = this.guard.disarm();
    if (open.length === 0 && this.views.isEmpty) return;
    this.code.borrow(thread.tid, () => {
      this.protector.open(thread.tid, open);
      this.views.giveBack(thread.tid);
      this.signalState.restoreActions(thread.tid);
    });
    this.threads.thaw(frozen);
  }
}
