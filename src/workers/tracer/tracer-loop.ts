import { AddressSpace } from "../../engine/address-space.js";
import { LineLease } from "../../ipc/index.js";
import { EventBuffer } from "../../model/event-buffer.js";
import { assertNever, BrokenInvariant, type Pid, type Tid } from "../../model/index.js";
import { execFailed, isLauncher } from "../../native/launch/spawn.js";
import { detach, eventMessage, setSignalInfo, signalInfo } from "../../native/ptrace/ptrace.js";
import type { SignalInfo } from "../../native/ptrace/siginfo.js";
import { signalDispositions } from "../../native/ptrace/signal-action.js";
import { SIGSEGV, SIGSTOP, type SignalNumber, signalName } from "../../native/ptrace/signals.js";
import type { StopReason } from "../../native/ptrace/stop.js";
import { StopQueue } from "../../native/ptrace/stops.js";
import { ThreadGone } from "../../native/ptrace/thread-gone.js";
import { type Thread, ThreadTable } from "../../threads/thread-table.js";
import { CrashWatch } from "./crash-watch.js";
import { Descendants } from "./descendants.js";
import { endTracee } from "./end-tracee.js";
import { HostCopies, isBuiltInHost } from "./host-copies.js";
import { failureOfStart } from "./killed-at-start.js";
import { LeaseHolder } from "./lease-holder.js";
import type { TracerTask } from "./messages.js";
import { ProtocolSignals } from "./protocol-signals.js";
import { rehearsals } from "./rehearsal.js";
import { SharedCpu } from "./shared-cpu.js";
import { startTracee } from "./start-tracee.js";
import { StopSource } from "./stop-source.js";
import { StopSpinner } from "./stop-spinner.js";
import { TracerPort } from "./tracer-port.js";
import { runOnUnanswered } from "./unanswered.js";

/**
 * The tracer: starts the program, sleeps in waitid, and answers each stop of it. All ptrace requests
 * of a session come from the thread that runs this. Order is the session's business: what the
 * protocol's signals mean is decided by what it has posted.
 */
export class Tracer {
  readonly #port: TracerPort;
  readonly #stops = new StopQueue();
  readonly #threads = new ThreadTable(this.#stops);
  readonly #cpu = new SharedCpu();
  readonly #turns = new StopSpinner(
    this.#stops,
    this.#cpu,
    (tid) => this.#threads.get(tid)?.watched ?? false,
  );
  readonly #crashes = new CrashWatch();
  readonly #pid: Pid;
  /** The launcher has become the program. */
  #launched = false;
  #engine: AddressSpace;
  #line: LeaseHolder;
  #signals: ProtocolSignals;
  #descendants: Descendants;
  readonly #copies: HostCopies;
  readonly #source: StopSource;
  /** Its end has been reported: its number is another's, or nobody's. */
  #isGone = false;
  /** The session knows that the process is exiting. */
  #announced = false;

  constructor(readonly task: TracerTask) {
    this.#port = new TracerPort(task.port, task.heard, task.taken, task.used);
    const { pid, channel } = startTracee(task, this.#port, this.#stops, this.#threads);
    this.#pid = pid;
    try {
      this.#engine = this.#newEngine();
    } catch (error) {
      throw failureOfStart(error, this.#end(), task.command);
    }
    const line = { pid, fd: channel, lease: new LineLease(task.lease) };
    this.#line = new LeaseHolder(line, this.#port, this.#stops, this.#cpu, (command) =>
      this.#signals.arm(command),
    );
    const [port, turns] = [this.#port, this.#turns];
    this.#signals = new ProtocolSignals(port, this.#line, turns, this.#engine, task.symbols);
    this.#copies = new HostCopies((child) => this.#descendants.claim(child));
    const engine = () => this.#engine;
    const release = isBuiltInHost(task) ? (child: Tid) => this.#copies.keep(child) : detach;
    const threads = this.#threads;
    this.#descendants = new Descendants(pid, this.#stops, threads, engine, release);
    this.#source = new StopSource(this.#stops, threads, this.#descendants, this.#line, this.#turns);
  }

  /** Returns when no tracee is left. */
  run(): void {
    try {
      while (this.#serveNext());
    } catch (error) {
      this.#end();
      this.#engine.events.flush(); // what has been recorded is true all the same
      throw error instanceof BrokenInvariant ? error.withFigures(this.#engine.figures) : error;
    } finally {
      this.#line.giveBack();
      this.#cpu.leave();
      this.#descendants.close();
      this.#engine.close();
    }
  }

  /** False when no tracee is left. */
  #serveNext(): boolean {
    if (this.#isGone && this.#source.isAtEnd()) return false;
    let stop: StopReason | null = null;
    try {
      stop = this.#source.next();
      if (stop === null) return false;
      this.#answer(stop);
    } catch (error) {
      if (!(error instanceof ThreadGone)) throw error; // its end is still to be reported
      if (stop !== null) runOnUnanswered(this.#threads, stop, error);
    }
    return true;
  }

  /** Cannot go on: returns once the tracee is gone. */
  #end(): StopReason | null {
    const others = this.#descendants ? [...this.#descendants.others(), ...this.#copies] : [];
    return endTracee(this.#isGone ? null : this.#pid, others, this.#stops);
  }

  #spaceOf(thread: Thread): AddressSpace {
    return this.#descendants.leftIn(thread) ?? this.#engine;
  }

  #newEngine(): AddressSpace {
    const { engine } = this.task;
    const events = new EventBuffer(
      (batch) => {
        if (this.#isGone || this.#engine.events !== events) return; // of a task that has been left
        this.#line.record(batch);
        this.#port.postAccesses(batch);
      },
      () => this.#port.takeUsed(),
    );
    return new AddressSpace(this.#pid, this.#threads, engine, events);
  }

  #answer(stop: StopReason): void {
    const thread = this.#threads.get(stop.tid);
    if (!thread) {
      if (!this.#copies.answer(stop)) this.#descendants.early(stop);
      return;
    }
    this.#threads.hasStopped(thread);
    if (thread.leaving && this.#descendants.leaves(thread, stop)) return;
    switch (stop.kind) {
      case "syscall":
        this.#cpu.atSyscall(stop.tid);
        return this.#spaceOf(thread).syscall(thread);
      case "signal":
        return this.#signal(thread, stop.signal);
      case "group-stop":
        return this.#threads.listen(thread);
      case "interrupted":
      case "vfork-done":
        return this.#threads.resume(thread);
      case "new-task":
        this.#cpu.born(eventMessage(stop.tid) as Tid);
        return this.#descendants.born(thread, stop.how);
      case "exec":
        return this.#exec(thread);
      case "exiting":
        return this.#exiting(thread);
      case "exited":
      case "killed":
        return this.#ended(thread, stop);
      default:
        return assertNever(stop);
    }
  }

  #signal(thread: Thread, signal: number): void {
    const info = signalInfo(thread.tid);
    const space = this.#spaceOf(thread);
    if (space.holdsBack(thread, info)) return this.#threads.resume(thread);
    if (space.isInFragment(thread)) return this.#signalInFragment(thread, info);
    if (signal === SIGSEGV) {
      if (this.#guards(thread, info)) return this.#served(thread, space.serve(thread, info));
      if (space.isPast(thread, info)) return this.#threads.resume(thread);
    }
    this.#pass(thread, info);
  }

  #signalInFragment(thread: Thread, info: SignalInfo): void {
    // Nobody sees the registers of a thread that is stopped. And a SIGCONT that comes while its state is
    // recreated would be undone.
    if (info.signal === SIGSTOP) return this.#threads.resume(thread, SIGSTOP);
    if (!info.isSynchronous) {
      this.#spaceOf(thread).recreateState(thread, info);
      return this.#pass(thread, info);
    }
    const seen = this.#spaceOf(thread).fragmentFaulted(thread, info);
    if (seen === null) return;
    const { fault, begun } = seen;
    if (
      begun !== null ||
      (fault.signal === SIGSEGV && this.#spaceOf(thread).guards(thread, fault))
    ) {
      return this.#served(thread, this.#spaceOf(thread).serveByReference(thread, fault, begun));
    }
    setSignalInfo(thread.tid, fault);
    this.#pass(thread, fault);
  }

  /** A heap that was announced meanwhile counts, so the port is looked at before giving up. */
  #guards(thread: Thread, fault: SignalInfo): boolean {
    if (this.#spaceOf(thread).guards(thread, fault)) return true;
    this.#signals.takeCommands();
    return this.#spaceOf(thread).guards(thread, fault);
  }

  /** `next`: the signal to deliver from this stop, if any. */
  #served(thread: Thread, next: SignalInfo | null): void {
    if (next === null) this.#threads.resume(thread);
    else this.#pass(thread, next);
  }

  /** A signal that is not the guard's: the protocol's own, or the program's. */
  #pass(thread: Thread, info: SignalInfo): void {
    if (info.isSynchronous) this.#spaceOf(thread).requireClaimed(thread, info);
    if (thread.own && this.#signals.answer(thread, info)) return;
    const { tid } = thread;
    const dispositions = signalDispositions(tid);
    if (thread.own) {
      const { code, guard } = this.#spaceOf(thread);
      const scene = {
        pid: this.#pid,
        tid,
        memory: code.memory,
        guard,
        caller: this.#signals.caller,
      };
      this.#crashes.delivering(info, dispositions, scene);
    }
    this.#spaceOf(thread).deliver(thread, info.signal, dispositions);
  }

  #exec(thread: Thread): void {
    // posix_spawn(3) may return before its own execve(2), of the launcher, has come to its stop.
    if (!this.#launched && isLauncher(this.#pid)) return this.#threads.resume(thread);
    // The thread that called goes on under the number of its process (ptrace(2)).
    const caller = eventMessage(thread.tid) as Tid;
    this.#spaceOf(thread).execed(this.#threads.get(caller) ?? thread);
    this.#line.giveBack();
    this.#cpu.leave();
    if (!thread.own) return this.#descendants.letGo(thread, caller);
    if (this.#launched) this.#signals.flushCall();
    this.#launched = true;
    this.#descendants.settle();
    const engine = this.#newEngine();
    if (this.#descendants.letGoOthers(this.#engine)) this.#descendants.keep(this.#engine);
    else this.#engine.close();
    this.#threads.deleteOwn();
    const leader = this.#threads.add(this.#pid as number as Tid, false);
    this.#engine = engine;
    this.#signals.newAddressSpace(this.#engine);
    this.#threads.resume(leader);
    this.#stops.idle = rehearsals[this.task.engine];
  }

  #exiting(thread: Thread): void {
    thread.exiting = true;
    this.#spaceOf(thread).exiting(thread);
    this.#announceExit(thread, () => eventMessage(thread.tid) & 0x7f); // wait status, wait(2)
    thread.watched = false;
    this.#threads.resume(thread);
  }

  /**
   * Once the last thread is at its exit, or past it where the kernel has not stopped it there, or has
   * let it go before it was looked at. `signal`: what ends it, or 0.
   */
  #announceExit(thread: Thread, signal: () => SignalNumber, gone = false): void {
    if (!thread.own || this.#threads.living > 0 || !this.#launched || this.#announced) return;
    const death = this.#crashes.deathBy(signal());
    this.#announced = true;
    this.#signals.processExiting(thread, death, gone);
  }

  #ended(thread: Thread, stop: Extract<StopReason, { kind: "exited" | "killed" }>): void {
    this.#threads.delete(stop.tid);
    this.#spaceOf(thread).forget(stop.tid);
    const isLeader = stop.tid === (this.#pid as number as Tid); // it is reported last (wait(2))
    if (!thread.exiting || isLeader) {
      this.#announceExit(thread, () => (stop.kind === "killed" ? stop.signal : 0), true);
    }
    if (!thread.own || !isLeader) return;
    this.#isGone = true;
    this.#copies.end();
    this.#leaveOthers();
    if (!this.#launched && stop.kind === "exited") {
      throw execFailed(this.task.command, stop.code);
    }
    this.#port.post(
      stop.kind === "exited"
        ? { type: "exited", code: stop.code, signal: null }
        : { type: "exited", code: null, signal: signalName(stop.signal) },
    );
  }

  /** What shared the memory of the process goes on without it; but the built-in host is ours to end. */
  #leaveOthers(): void {
    if (!isBuiltInHost(this.task)) this.#descendants.letGoOthers(this.#engine);
    else for (const tid of this.#descendants.others()) process.kill(tid, "SIGKILL");
  }
}
