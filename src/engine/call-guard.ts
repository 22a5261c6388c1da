import type { GuardedMemory } from "../guard/guarded-memory.js";
import type { ProtectedRange } from "../guard/protected-range.js";
import type { SyscallWatch } from "../kernel/watch.js";
import type { ThreadSync } from "../threads/thread-sync.js";
import type { Thread } from "../threads/thread-table.js";
import { CallerMask } from "./signals/caller-mask.js";
import type { SignalState } from "./signals/signal-state.js";

/** Guards a plain client's pages for the length of a call. */
export class CallGuard {
  /** Heaps that were guarded when the last call began. */
  #heaps = 0;
  /** Whose call it is. */
  #caller: { readonly thread: Thread; readonly mask: CallerMask } | null = null;

  constructor(
    readonly memory: GuardedMemory,
    readonly sync: ThreadSync,
    readonly signalState: SignalState,
    readonly syscalls: SyscallWatch,
  ) {}

  /** A thread is at the entry of a system call. */
  syscallEntered(thread: Thread): void {
    if (thread !== this.#caller?.thread) return;
    if (this.#caller.mask.restoreAtEnd()) this.signalState.note(thread);
  }

  /** A call of `thread` begins. Has the syscalls of all threads watched, unless nothing is guarded. */
  close(thread: Thread, ranges: readonly ProtectedRange[]): void {
    const { code, guard, protector } = this.memory;
    const { threads } = this.sync;
    this.#caller = { thread, mask: new CallerMask(thread.tid, code.memory) };
    const close = guard.arm(ranges);
    if (guard.isEmpty) return;
    // Interrupted threads restart their syscalls, so that none has its pages closed half-way.
    const frozen = close.length > 0 ? threads.freeze(thread) : [];
    this.signalState.note(thread); // before the first trap of ours: a trap resets an ignored SIGTRAP
    for (const other of frozen) {
      this.signalState.note(other);
      this.syscalls.restartInterrupted(other);
    }
    if (ranges.length > 0 || guard.heapsAdded !== this.#heaps) this.syscalls.guardedAnew(thread);
    this.#heaps = guard.heapsAdded;
    if (close.length > 0) {
      code.borrow(thread.tid, () => {
        protector.close(thread.tid, close);
        this.signalState.restoreActions(thread.tid);
      });
    }
    thread.watched = true;
    threads.watch(thread, (other) => this.signalState.note(other));
    threads.thaw(frozen);
  }

  /** The call of `thread` has ended. */
  open(thread: Thread): void {
    thread.watched = false;
    this.#caller?.mask.ended();
    this.#caller = null;
    const { code, guard, protector, views } = this.memory;
    const frozen = views.isEmpty ? [] : this.sync.stopOthers(thread);
    const open = guard.disarm();
    if (open.length === 0 && views.isEmpty) return;
    code.borrow(thread.tid, () => {
      protector.open(thread.tid, open);
      views.giveBack(thread.tid);
      this.signalState.restoreActions(thread.tid);
    });
    this.sync.thaw(frozen);
  }
}
