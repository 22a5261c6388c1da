import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { STRING_FUNCTIONS } from "../../judge/index.js";
import type { CallbackCall } from "../../model/callback-code.js";
import { type AccessBatch, type Failure, failureOf, type Pid } from "../../model/index.js";
import { SIGTERM } from "../../native/ptrace/signals.js";
import type {
  ArmedRange,
  ExitFacts,
  TracerMessage,
  TracerReport,
} from "../../workers/tracer/messages.js";
import { CallDelivery } from "../delivery/call-delivery.js";
import { CallRecording } from "../recording/call-recording.js";
import type { CallAccesses, SessionEvent } from "../session/session-events.js";
import { callbackHandlers } from "./callback-handlers.js";
import { ChildHeaps } from "./child-memory.js";
import { ChildTalk } from "./child-talk.js";
import { killAtExit } from "./exit-hook.js";
import { functionsCommand } from "./functions-command.js";
import { SessionWork } from "./session-work.js";
import { StayAwake } from "./stay-awake.js";
import { TakenBatches } from "./taken-batches.js";
import type { TraceeCommand } from "./tracee-commands.js";
import { TraceeProcess } from "./tracee-process.js";
import type { RunningTracer } from "./tracer-pool.js";
import { wireCall, wireLoad } from "./wire-call.js";

/** Reports that the tracer waits for us to hear: what the child has sent until then is older. */
const AWAITED: ReadonlySet<TracerReport["type"]> = new Set([
  "ready",
  "callEnded",
  "unexpectedSignal",
  "exiting",
] as const);

/**
 * Both lines to a tracee, its tracer's port and its channel, as one stream of session events in the
 * order in which things happened. The tracer posts before it resumes the child, so whatever the port
 * holds is older than a frame: the port is drained before a frame or an end of file is handled. And
 * what the child sent before it stopped or died is older than what the tracer says of that: the
 * channel is drained before it.
 *
 * What the tracee and its calls have open here is the link's, and is closed by it: the channel, the
 * process's descriptor, heaps, memory for events. So are the accesses of the call that runs.
 *
 * Whatever goes wrong here is the failure of this session alone: the tracee is killed, and once the
 * tracer says that it is gone, the session is told why.
 */
export class TraceeLink {
  readonly #port: MessagePort;
  readonly #process: TraceeProcess;
  readonly #heaps = new ChildHeaps();
  readonly #unhook: () => void;
  readonly #talk: ChildTalk;
  readonly #batches: TakenBatches;
  /** Of the call that is armed, running, or over and not delivered. */
  #recording: CallRecording | null = null;
  /** What the tracer has begun under its lease, until the session has it armed. */
  #begun: Extract<TracerReport, { type: "begun" }> | null = null;
  /** What the last of them handed over. */
  #ranges: readonly ArmedRange[] = [];
  /** The tracer has sent the events of the call that has just ended, or the child awaits none. */
  #isDelivered = false;
  /** The call is one that the host was asked for: it is sent nothing for it. */
  #isAsked = false;
  /** The host may have loaded a library since the last call. */
  #hasLoaded = true;
  /** /proc/PID/maps, as it was reported last. */
  #maps = "";
  #failure: Failure | null = null;
  readonly #work: SessionWork;
  readonly #awake = new StayAwake();
  /** What the tracer said of the exit after the end of file. */
  #late: ExitFacts | null = null;

  constructor(
    readonly tracer: RunningTracer,
    readonly emit: (event: SessionEvent) => void,
    private readonly delivery: CallDelivery = new CallDelivery(),
  ) {
    this.#port = tracer.port;
    this.#process = new TraceeProcess((why) => tracer.giveUp(why));
    this.#batches = new TakenBatches(tracer);
    this.#work = new SessionWork(
      (error) => this.#fail(error),
      (isBusy) => this.#talk.line?.hold(isBusy),
    );
    this.#talk = new ChildTalk(this.#work, delivery, this.#heaps, {
      emit: (event) => {
        if (event.type === "frame.returned") this.#awake.end();
        emit(event);
      },
      coming: () => this.#drainPort(),
      named: (functions) => this.#port.postMessage(functionsCommand(functions)),
      failed: (error) => this.#fail(error),
    });
    this.#port.on("message", (message: TracerMessage) => this.#reports(message));
    this.#unhook = killAtExit(() => this.#process.killAtExit(this.#port));
  }

  /** Carries out what the session has decided. What cannot be done ends the session. */
  command(command: TraceeCommand): void {
    this.#guarded(() => this.#carryOut(command));
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The session cannot go on. It hears of that once the tracee is gone, or where there is none. */
  #fail(error: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = failureOf(error);
    this.#talk.deafen();
    this.tracer.leaser.lease.revoke(); // nobody follows its calls: it would wait for ever
    if (this.#process.pid === 0) this.#tellFailure();
    else this.#guarded(() => this.#process.kill());
  }

  #tellFailure(): void {
    const ended = this.#ended();
    this.#recording = null;
    this.emit({ type: "tracee.failed", ...this.#failure!, ...ended });
  }

  /** The call that is under way, or has just ended, is over. */
  #ended(): { readonly accesses?: CallAccesses } {
    return this.#recording ? { accesses: this.#recording.end() } : {};
  }

  #carryOut(command: TraceeCommand): void {
    switch (command.type) {
      case "arm":
        return this.#arm(command);
      case "disarm":
        this.#recording = null;
        return this.#port.postMessage({ type: "disarm" });
      case "confirm":
        return this.#talk.confirm();
      case "heap": {
        const { fd, guarded, backdoor, size } = command.heap;
        const views = { guarded: Number(guarded), backdoor: Number(backdoor) };
        this.#port.postMessage({ type: "heap", fd, size, ...views });
        return this.#talk.confirm();
      }
      case "hello":
        if (command.marked) this.#port.postMessage({ type: "marked" });
        if (command.judged) this.#port.postMessage({ type: "named" });
        this.#talk.send({ type: "Hello", version: 1, features: command.features });
        if (command.judged) this.#talk.send({ type: "Resolve", names: STRING_FUNCTIONS });
        return;
      case "call":
        return this.#talk.ask(command.call.call, () => ({
          type: "Call",
          ...wireCall(command.call),
        }));
      case "load":
        this.#hasLoaded = true;
        return this.#talk.ask(command.load.call, () => ({
          type: "Load",
          ...wireLoad(command.load),
        }));
      case "exit":
        return this.#talk.send({ type: "Exit" });
      case "keep":
        return this.delivery.add(command.batch);
      case "deliver":
        return this.#deliver();
      case "terminate":
        return this.#process.signal(SIGTERM);
      case "kill":
        return this.#process.killInTime();
    }
  }

  #arm({ thenLease, record, ...arm }: Extract<TraceeCommand, { type: "arm" }>): void {
    const command = { ...arm, asked: arm.asked === true };
    const begun = this.#begun;
    this.#begun = null;
    this.#recording = new CallRecording(record);
    this.#batches.callBegins();
    this.delivery.begin();
    this.#isAsked = command.asked;
    const willLease = this.tracer.leaser.arming(thenLease);
    if (begun?.confirmed) return;
    // Before the Confirmation, or the Call: when the tracer sees the SIGSTOP that follows, it finds this.
    const loaded = !command.asked || this.#hasLoaded;
    if (!begun) this.#port.postMessage({ ...command, loaded, thenLease: willLease });
    this.#hasLoaded = !command.asked;
    if (command.asked) this.#awake.begin();
    else this.#talk.confirm();
  }

  #deliver(): void {
    const findings = this.#recording?.told() ?? [];
    this.#recording = null;
    const { line } = this.#talk;
    if (line === null) return;
    if (findings.length > 0) this.#talk.send({ type: "Findings", findings });
    if (this.#isDelivered || this.#isAsked) return this.emit({ type: "channel.delivered" });
    this.delivery.send(line, () => {
      this.emit({ type: "channel.delivered" });
      this.tracer.leaser.delivered(line, this.delivery.isInline && !this.#work.isBusy);
    });
  }

  /** Nobody listens any more: whatever is left ends. */
  close(): void {
    this.#process.kill();
    this.#work.finish();
    this.tracer.leaser.lease.revoke();
    this.#talk.close();
    this.delivery.close();
  }

  /** The tracer's thread has ended without a word; its tracee went with it. */
  lost(failure: Failure): void {
    this.#drainPort(); // what it has opened for us may have been told of last
    this.#port.close();
    this.#process.killNow();
    this.tracer.leaser.lease.abandon();
    this.#work.finish();
    this.#failure ??= failure;
    const ended = this.#ended();
    this.#release();
    this.emit({ type: "tracee.failed", ...this.#failure, ...ended });
  }

  /** Each by itself: what fails at one is no reason not to hear the next. */
  #reports(message: TracerMessage): void {
    const reports = Array.isArray(message) ? message : [message];
    for (const report of reports) this.#guarded(() => this.#hear(report));
  }

  /** What the child has sent until now is older: it is read, and its work comes first. */
  #hear(report: TracerReport): void {
    const delivered = report.type === "callEnded" && report.delivered;
    const awaited = AWAITED.has(report.type) && !delivered;
    const late = report.type === "exiting" && report.gone === true; // the end of file came with it
    if (late && this.#talk.line?.ended) return this.#keepLate(report); // as if it came before the exit
    try {
      if (report.type === "ready") this.#started(report);
      if (isEnd(report) || (awaited && !late)) this.#talk.line?.drain();
    } catch (error) {
      this.#fail(error);
    } finally {
      // It may go on while the session makes up its mind.
      if (awaited) this.tracer.heard();
    }
    this.#work.do(() => this.#report(report));
  }

  #report(report: TracerReport): void {
    const { line } = this.#talk;
    if (report.type === "lineReturned") return void (line && this.tracer.leaser.returned(line));
    if (report.type === "begun") return this.#beginLeased(report);
    if (report.type === "callback") return this.#callback(report.call);
    if (report.type === "spawned") this.#spawned(report);
    if (report.type === "seized") this.#process.seized();
    if ("maps" in report) this.#maps = report.maps ?? this.#maps;
    if (report.type === "tracing") this.#recording?.begin(this.#maps);
    if (report.type === "accesses") this.#accesses(report.batch);
    if (report.type === "callEnded") this.#batches.callEnded();
    this.#isDelivered = report.type === "callEnded" && report.delivered;
    const gone = isEnd(report);
    if (this.#failure !== null && !gone) return;
    const ended = gone || report.type === "callEnded" ? this.#ended() : {};
    if (gone) this.#release();
    const failure = this.#failure;
    if (failure !== null) return this.emit({ type: "tracee.failed", ...failure, ...ended });
    const late = report.type === "exited" && this.#late ? { late: this.#late } : {};
    const maps = "maps" in report ? { maps: this.#maps } : {};
    const type = `tracee.${report.type}` as const;
    this.emit({ ...report, ...late, ...maps, ...ended, type } as SessionEvent);
    if (this.#isDelivered && !this.#isAsked) this.tracer.leaser.followed();
  }

  #callback(call: CallbackCall): void {
    callbackHandlers.get(this.#process.pid)?.(call, (answer) => {
      this.#port.postMessage({ type: "callbackReturned", tid: call.tid, answer });
      this.tracer.answered();
    });
  }

  #keepLate({ maps, crash, stats, durationMs }: ExitFacts): void {
    this.#late = { maps, crash, stats, durationMs };
    this.tracer.heard();
  }

  /** The tracer has taken a StartFfi off the line. */
  #beginLeased(report: Extract<TracerReport, { type: "begun" }>): void {
    this.#begun = report;
    this.#ranges = report.ranges ?? this.#ranges;
    const type = report.message === "StartFfi" ? "frame.startFfi" : "frame.startRanges";
    this.emit({ type, ranges: this.#ranges });
  }

  /** `child`: a descendant of the program that was spawned is what speaks. */
  #started({ child }: Extract<TracerReport, { type: "ready" }>): void {
    if (child) {
      this.#process.launched(child.pid as Pid, child.pidfd);
      this.#talk.speaks(child.pid as Pid, child.pidfd);
    }
    this.#talk.started();
  }

  #spawned({ pid, pidfd, channel }: Extract<TracerReport, { type: "spawned" }>): void {
    this.tracer.begun();
    this.#process.spawned(pid as Pid, pidfd);
    this.#talk.begin(pid as Pid, pidfd, channel);
  }

  #accesses(batch: AccessBatch): void {
    this.#batches.take(batch);
    if (this.#recording?.add(batch)) this.#batches.giveBack(batch);
  }

  #drainPort(): void {
    for (;;) {
      const received = receiveMessageOnPort(this.#port);
      if (received === undefined) return;
      this.#reports(received.message as TracerMessage);
    }
  }

  #release(): void {
    this.#talk.line?.gone();
    this.delivery.close();
    this.#unhook();
    this.#process.close();
    this.#recording = null;
    // The tracer copies a heap for a forked child, which may outlive the one that announced it.
    const close = () => this.#heaps.close();
    this.tracer.done.then(close, close);
  }
}

/** The last that a tracer says. */
function isEnd({ type }: TracerReport): boolean {
  return type === "exited" || type === "failed";
}
