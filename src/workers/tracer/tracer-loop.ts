import { AddressSpace } from "../../engine/address-space.js";
import { LineLease } from "../../ipc/index.js";
import { EventBuffer } from "../../model/event-buffer.js";
import { assertNever, BrokenInvariant, type Pid, type Tid } from "../../model/index.js";
import { execFailed, isLauncher } from "../../native/launch/spawn.js";
import { openPidfd } from "../../native/pidfd.js";
import { detach, eventMessage } from "../../native/ptrace/ptrace.js";
import type { SignalNumber } from "../../native/ptrace/signals.js";
import type { StopReason } from "../../native/ptrace/stop.js";
import { StopQueue } from "../../native/ptrace/stops.js";
import { ThreadGone } from "../../native/ptrace/thread-gone.js";
import { type Thread, ThreadTable } from "../../threads/thread-table.js";
import { PendingCallbacks } from "./callbacks.js";
import { CrashWatch } from "./crash-watch.js";
import { Descendants, type Released } from "./descendants.js";
import { endTracee } from "./end-tracee.js";
import { HostCopies, isBuiltInHost } from "./host-copies.js";
import { failureOfStart } from "./killed-at-start.js";
import { LaunchEnd } from "./launch-end.js";
import { LaunchTree } from "./launch-tree.js";
import { programOf } from "./launched-crashes.js";
import { LeaseHolder } from "./lease-holder.js";
import type { TracerTask } from "./messages.js";
import { ProtocolSignals } from "./protocol-signals.js";
import { rehearsals } from "./rehearsal.js";
import { SharedCpu } from "./shared-cpu.js";
import { SignalStops } from "./signal-stops.js";
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
  readonly #signalStops: SignalStops;
  /** The child: the program that was started, or a descendant of it. */
  #pid: Pid;
  #crashes = new CrashWatch();
  /** Our end of the line to the child. */
  readonly #channel: number;
  /** The launcher has become the program. */
  #launched = false;
  #engine: AddressSpace;
  #line: LeaseHolder;
  #signals: ProtocolSignals;
  #descendants: Descendants;
  readonly #copies: HostCopies;
  readonly #tree: LaunchTree;
  readonly #launchEnd: LaunchEnd;
  #source: StopSource;
  readonly #callbacks: PendingCallbacks;
  /** Its end has been reported: its number is another's, or nobody's. */
  #isGone = false;
  /** The session knows that the process is exiting. */
  #announced = false;

  constructor(readonly task: TracerTask) {
    this.#port = new TracerPort(task.port, task.heard, task.taken, task.used);
    const started = startTracee(task, this.#port, this.#stops, this.#threads);
    const { pid } = started;
    this.#pid = pid;
    this.#channel = started.channel;
    try {
      this.#engine = this.#newEngine();
    } catch (error) {
      throw failureOfStart(error, this.#end(), task.command);
    }
    this.#tree = new LaunchTree(started.line, {
      claim: (child) => this.#descendants.claim(child),
      programStarted: () => {
        if (!this.#signals.isReady) this.#port.post({ type: "launching" });
      },
      startUp: (tid, child) => this.#attach(tid, child),
    });
    this.#launchEnd = new LaunchEnd(pid, this.#tree, this.#port);
    this.#copies = new HostCopies((child) => this.#descendants.claim(child));
    const engine = () => this.#engine;
    this.#descendants = new Descendants(pid, this.#stops, this.#threads, engine, this.#released());
    this.#callbacks = new PendingCallbacks(this.#port, this.#threads, task.answered);
    [this.#line, this.#signals, this.#source] = this.#talk();
    this.#signalStops = new SignalStops(this.#threads, {
      signals: () => this.#signals,
      crashes: () => this.#crashes,
      spaceOf: (thread) => this.#spaceOf(thread),
      callbacks: isBuiltInHost(task) ? this.#callbacks : null,
    });
  }

  /** With the child, whichever it is. */
  #talk(): [LeaseHolder, ProtocolSignals, StopSource] {
    const [port, cpu, stops] = [this.#port, this.#cpu, this.#stops];
    const child = { pid: this.#pid, fd: this.#channel, lease: new LineLease(this.task.lease) };
    const line = new LeaseHolder(child, port, stops, cpu, (command) => this.#signals.arm(command));
    const signals = new ProtocolSignals(port, line, this.#turns, this.#engine, this.task.symbols);
    const source = new StopSource(stops, this.#threads, this.#descendants, line, this.#turns);
    source.callbacks = this.#callbacks;
    this.#callbacks.takeCommands = () => signals.takeCommands();
    return [line, signals, source];
  }

  /** Until there is a child, what the program starts is kept: it may be the child. */
  #released(): Released {
    if (isBuiltInHost(this.task))
      return { forked: (tid) => this.#copies.keep(tid), execed: detach };
    const isKept = () => !this.#signals.isReady;
    return {
      forked: (tid) => (isKept() ? this.#tree.keep(tid) : detach(tid)),
      execed: (tid) => (isKept() ? this.#tree.keepExeced(tid) : detach(tid)),
    };
  }

  /** A descendant of the program raises the start-up SIGSTOP. False where another has, or the program. */
  #attach(tid: Tid, pid: Pid): boolean {
    if (this.#signals.isReady || this.#isGone) return false;
    const pidfd = openPidfd(pid);
    for (const { tid: task, exiting } of [...this.#threads]) {
      this.#threads.delete(task);
      this.#tree.add(task, exiting);
    }
    this.#engine.close();
    this.#pid = pid;
    this.#crashes = new CrashWatch();
    this.#descendants.pid = pid;
    for (const [task, exiting] of this.#tree.take(pid)) {
      Object.assign(this.#threads.add(task, false), { stopped: task === tid, exiting });
    }
    this.#engine = this.#newEngine();
    [this.#line, this.#signals, this.#source] = this.#talk();
    const child = { pid, pidfd, program: programOf(pid) };
    return this.#signals.startUp(this.#threads.get(tid)!, child);
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
    const others = this.#descendants
      ? [...this.#descendants.others(), ...this.#copies, ...this.#tree]
      : [];
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
      if (this.#copies.answer(stop)) return;
      if (this.#tree.answer(stop)) return this.#launchEnd.answered(stop);
      return this.#descendants.early(stop);
    }
    this.#threads.hasStopped(thread);
    if (thread.leaving && this.#descendants.leaves(thread, stop)) return;
    switch (stop.kind) {
      case "syscall":
        this.#cpu.atSyscall(stop.tid);
        return this.#spaceOf(thread).syscall(thread);
      case "signal":
        this.#signalStops.answer(thread, stop.signal);
        // The program itself has attached: what it has started before goes on by itself.
        if (this.#signals.isReady && this.#launchEnd.isOver) this.#tree.letGo();
        return;
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

  #exec(thread: Thread): void {
    // posix_spawn(3) may return before its own execve(2), of the launcher, has come to its stop.
    if (!this.#launched && isLauncher(this.#pid)) return this.#threads.resume(thread);
    // The thread that called goes on under the number of its process (ptrace(2)).
    const caller = eventMessage(thread.tid) as Tid;
    this.#spaceOf(thread).execed(this.#threads.get(caller) ?? thread);
    this.#line.giveBack();
    this.#cpu.leave();
    if (!thread.own) return this.#descendants.letGo(thread, caller);
    if (this.#launched) this.#signals.execed();
    this.#launched = true;
    this.#descendants.settle();
    const engine = this.#newEngine();
    if (this.#descendants.letGoOthers(this.#engine)) this.#descendants.keep(this.#engine);
    else this.#engine.close();
    this.#threads.deleteOwn();
    this.#callbacks.clear();
    const leader = this.#threads.add(this.#pid as number as Tid, false);
    this.#engine = engine;
    this.#signals.newAddressSpace(this.#engine);
    this.#threads.resume(leader);
    this.#stops.idle = rehearsals[this.task.engine];
  }

  #exiting(thread: Thread): void {
    thread.exiting = true;
    this.#callbacks.forget(thread.tid);
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
    this.#callbacks.forget(stop.tid);
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
    this.#launchEnd.childEnded(stop);
  }

  /** What shared the memory of the process goes on without it; but the built-in host is ours to end. */
  #leaveOthers(): void {
    if (!isBuiltInHost(this.task)) this.#descendants.letGoOthers(this.#engine);
    else for (const tid of this.#descendants.others()) process.kill(tid, "SIGKILL");
  }
}
