import type { Guard, ProtectedRange } from "../engine/guard.js";
import type { Protector } from "../engine/protector.js";
import type { SignalShadow } from "../engine/signal-shadow.js";
import type { SyscallWatch } from "../engine/syscalls/watch.js";
import type { Thread, ThreadTable } from "../engine/threads.js";
import type { Views } from "../engine/views.js";
import type { RemoteCode } from "../native/index.js";

/** Guards a plain client's pages for the length of a call. */
export class CallGuard {
  constructor(
    readonly code: RemoteCode,
    readonly threads: ThreadTable,
    readonly guard: Guard,
    readonly protector: Protector,
    readonly views: Views,
    readonly shadow: SignalShadow,
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
    this.shadow.note(thread); // before the guard is put up: its traps reset an ignored SIGTRAP
    for (const other of frozen) {
      this.shadow.note(other);
      this.syscalls.makeAnew(other);
    }
    if (close.length > 0) {
      this.code.borrow(thread.tid, () => {
        this.protector.close(thread.tid, close);
        this.shadow.restoreActions(thread.tid);
      });
    }
    thread.watched = true;
    this.threads.watch(thread, (other) => this.shadow.note(other));
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
      this.shadow.restoreActions(thread.tid);
    });
    this.threads.thaw(frozen);
  }
}
