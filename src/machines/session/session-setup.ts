import { assign, cancel, emit, or, raise, sendTo, setup, stateIn } from "xstate";
import { traceeActor } from "../link/tracee-actor.js";
import type { TraceeCommand } from "../link/tracee-commands.js";
import { doing } from "./doing.js";
import { brokenCall, newCall, recordingTerms, type SessionContext } from "./session-context.js";
import type { CallRecord, SessionEmitted, SessionEvent, SessionInput } from "./session-events.js";
import { outputOf, type SessionOutput } from "./session-output.js";
import {
  accessesIn,
  hostIsFree,
  isArmedAtOnce,
  isLineOfOurs,
  LINE_CLOSED,
  leaseAfter,
} from "./session-rules.js";
import { violationOf, WAITING_STATES } from "./violation.js";

/** How long an end of file waits for an exit that the tracer could not announce (SIGKILL), in ms. */
const SEVERED_GRACE_MS = 250;

/** setTimeout takes no more, in ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** An event by its type: actions and guards are given them, or parts of them, as parameters. */
type Of<T extends SessionEvent["type"]> = Extract<SessionEvent, { type: T }>;

/** What is looked at whatever it is. */
export interface Seen {
  readonly event: SessionEvent;
}

/** Where an OverrideRetcode is heeded: the child is up, and is not being ended. */
const HEEDING = ["idle", "armed", "tracing", "delivering", "severed"] as const;

const inLifecycle = (state: string) => stateIn({ lifecycle: state });

/** What a child that speaks extensions is told of ours. */
const FEATURES = ["marked-signals", "heap", "host", "ranges", "event-memory", "buffers"];

const command = (command: TraceeCommand) => ({ type: "tracee.command" as const, command });

/**
 * The state that an event came in. `self` knows it in a running actor only, not where a transition is
 * merely computed. (`never`: xstate types `check` for guards of the setup by name.)
 */
function stateBy(check: (guard: never) => boolean): string {
  return WAITING_STATES.find((state) => check(inLifecycle(state) as never)) ?? "stopping";
}

/** What the session machine's names mean. `session-machine.ts` has when they are used. */
export const sessionSetup = setup({
  types: {
    context: {} as SessionContext,
    events: {} as SessionEvent,
    input: {} as SessionInput,
    output: {} as SessionOutput,
    emitted: {} as SessionEmitted,
  },
  actors: { tracee: traceeActor },

  guards: {
    midFrame: (_, { midFrame }: Of<"channel.eof">) => midFrame,
    /** The end of file that comes with the exit: the exit is what counts. */
    exitAnnounced: ({ context }) => context.exiting !== null,
    answersRequest: ({ context }, { call }: { readonly call: number }) =>
      call === context.requested,
    firstHello: ({ context }) => context.features === null,
    speaksExtensions: ({ context }) => context.features !== null,
    callRuns: ({ context }) => context.current?.phase === "running",
    hasExeced: ({ context }) => context.execed,
    hostCalls: ({ context }) => context.requested !== null,
    lineIsClosed: ({ context }) => context.channelClosed,
    hostIsFree: ({ context }) => hostIsFree(context),
    mayBeArmed: ({ context }, { call }: Of<"session.call">) => isArmedAtOnce(context, call),
    mayOverride: or(HEEDING.map(inLifecycle)),
    failed: ({ context }) => context.violation !== null || context.failure !== null,
  },

  delays: { severedGrace: SEVERED_GRACE_MS },

  actions: {
    /** For events that a state takes no notice of, on purpose. */
    ignore: () => {},
    /** For those that mean nothing to the lifecycle: the other region says what is done. */
    leaveToRetcode: () => {},

    // Timers.
    awaitStart: raise(
      { type: "session.startTimeout" },
      {
        id: "startTimer",
        delay: ({ context }) => Math.min(context.input.startTimeout, LONGEST_TIMER_MS),
      },
    ),
    started: cancel("startTimer"),
    awaitCallEnd: doing(({ context, enqueue }) => {
      const delay = context.asked?.timeout ?? context.input.timeout;
      if (delay === null || delay > LONGEST_TIMER_MS) return;
      enqueue.raise({ type: "session.callTimeout" }, { id: "callTimer", delay });
    }),
    callEndSeen: cancel("callTimer"),

    // What is remembered.
    notePid: assign({ pid: (_, { pid }: Of<"tracee.spawned">) => pid }),
    setOverride: assign({ override: (_, { code }: Of<"frame.overrideRetcode">) => code }),
    noteLaunching: assign({ launching: true }),
    noteExeced: assign({ execed: true }),
    noteReady: assign(({ context }, { child }: Of<"tracee.ready">) => ({
      ready: true,
      pid: child?.pid ?? context.pid,
      program: child?.program ?? null,
    })),
    noteFeatures: assign({ features: (_, { features }: Of<"frame.hello">) => features }),
    noteHeap: assign({ heap: (_, { heap }: Of<"frame.heap">) => heap }),
    noteFunctions: assign({
      functions: ({ context }, { functions }: Of<"frame.functions">) => {
        const known = new Set(context.functions.map(({ address }) => address));
        return [...context.functions, ...functions.filter(({ address }) => !known.has(address))];
      },
    }),
    noteBuffers: assign({
      buffers: ({ context }, { added, freed }: Of<"frame.buffers">) => {
        const gone = new Set([...freed, ...added.map(({ address }) => address as number)]);
        const kept = context.buffers.filter(({ address }) => !gone.has(address));
        return [...kept, ...added].sort((a, b) => a.address - b.address);
      },
    }),
    noteChannelClosed: assign({ channelClosed: true }),
    noteExiting: assign({
      exiting: (_, { maps, crash, stats, durationMs }: Of<"tracee.exiting">) => ({
        ...{ maps, crash, stats, durationMs },
      }),
    }),
    noteExit: assign(({ context }, { code, signal, late, launched }: Of<"tracee.exited">) => ({
      ...{ exitCode: code, signal, exiting: context.exiting ?? late ?? null },
      launched: launched ?? [],
    })),
    noteFailure: assign({
      failure: ({ context }, { code, message, remedy }: Of<"tracee.failed">) =>
        context.failure ?? { code, message, remedy },
    }),
    noteImpossible: doing(({ enqueue, check }, { event }: Seen) => {
      const failure = {
        code: "INTERNAL",
        message: `internal error: the tracer reported ${event.type} in state ${stateBy(check)}`,
        remedy: "Please report this with the command that shows it",
      };
      enqueue.assign({ failure });
    }),
    noteViolation: doing(({ enqueue, check }, { event }: Seen) => {
      enqueue.assign({ violation: violationOf(stateBy(check), event) });
    }),
    /** An end of file that is a violation unless the exit comes with it. */
    noteEndOfFile: doing(({ enqueue, check }, { event }: Seen) => {
      enqueue.assign({ severed: violationOf(stateBy(check), event) });
    }),
    /** It has turned out to be one of its own. */
    noteLineClosed: assign({
      failure: {
        code: "HOST_LINE_CLOSED",
        message: "the function has closed the host's line to ffiscope (close_range, closefrom)",
        remedy: "Close descriptors that are the function's own",
      },
    }),
    noteSevered: assign(({ context }) =>
      isLineOfOurs(context) ? { failure: LINE_CLOSED } : { violation: context.severed },
    ),
    noteKilled: assign({ ending: "killed" }),
    noteCallTimeout: assign({ ending: "timeout" }),
    noteStartTimeout: assign({
      ending: "start-timeout",
      failure: ({ context }) => ({
        code: "START_TIMEOUT",
        message: `'${context.input.command}' has not raised its start-up SIGSTOP within ${context.input.startTimeout} ms`,
        remedy:
          "Start a program that speaks ffiscope's protocol, or give it longer with --start-timeout",
      }),
    }),

    // The call.
    beginCall: assign({ current: ({ context }) => newCall(context) }),
    noteTracing: assign({
      calls: (_, { call }: Of<"tracee.tracing">) => call,
      current: ({ context }) => context.current && { ...context.current, phase: "running" },
    }),
    noteCallEnded: assign({
      current: ({ context }) => context.current && { ...context.current, phase: "over" },
    }),
    endCall: assign({ current: null }),

    // What the link is told.
    arm: sendTo("tracee", ({ context }, { ranges }: Of<"frame.startFfi" | "frame.startRanges">) => {
      const call = context.current!.number;
      const [record, thenLease] = [recordingTerms(context), leaseAfter(call, context)];
      return command({ type: "arm", call, ranges, record, thenLease });
    }),
    disarm: sendTo("tracee", command({ type: "disarm" })),
    confirm: sendTo("tracee", command({ type: "confirm" })),
    answerHello: sendTo("tracee", (_, { features }: Of<"frame.hello">) => {
      const marked = features.includes("marked-signals");
      const judged = features.includes("buffers") && { judged: true as const };
      return command({ type: "hello", features: FEATURES, marked, ...judged });
    }),
    takeHeap: sendTo("tracee", (_, { heap }: Of<"frame.heap">) => command({ type: "heap", heap })),
    /** A host's caller has the events already: its call ends with an empty list. */
    passOn: doing(({ context, enqueue }, { batch }: Of<"tracee.accesses">) => {
      if (context.requested !== null) return;
      enqueue.sendTo("tracee", command({ type: "keep", batch }));
    }),
    deliver: sendTo("tracee", command({ type: "deliver" })),
    sendCall: doing(({ context, enqueue }, { call: asked }: Of<"session.call">) => {
      const call = context.requests + 1;
      enqueue.assign({ requested: call, requests: call, asked });
      enqueue.sendTo("tracee", command({ type: "call", call: { ...asked, call } }));
    }),
    /** Arms a call and has the host make it: no StartFfi comes for it. */
    armAndSendCall: doing(({ context, enqueue }, { call: asked }: Of<"session.call">) => {
      const request = context.requests + 1;
      enqueue.assign({ requested: request, requests: request, asked });
      const record = recordingTerms({ ...context, asked });
      const call = context.current!.number;
      const armed = {
        type: "arm",
        call,
        ranges: [],
        record,
        asked: true,
        thenLease: null,
      } as const;
      enqueue.sendTo("tracee", command(armed));
      const sent = { ...asked, call: request, armed: true } as const;
      enqueue.sendTo("tracee", command({ type: "call", call: sent }));
    }),
    sendLoad: doing(({ context, enqueue }, { load }: Of<"session.load">) => {
      const call = context.requests + 1;
      enqueue.assign({ requested: call, requests: call });
      enqueue.sendTo("tracee", command({ type: "load", load: { ...load, call } }));
    }),
    sendExit: sendTo("tracee", command({ type: "exit" })),
    terminate: sendTo("tracee", command({ type: "terminate" })),
    kill: sendTo("tracee", command({ type: "kill" })),

    // What listeners hear.
    emitReady: emit(({ context }) => ({ type: "ready", pid: context.pid! })),
    emitHost: emit((_, { heap }: Of<"frame.heap">) => ({ type: "host", heap })),
    emitFunctions: emit((_, { functions }: Of<"frame.functions">) => ({
      type: "functions",
      functions,
    })),
    emitCallStarted: emit((_, { call, maps }: Of<"tracee.tracing">) => ({
      ...{ type: "callStarted", call, maps },
    })),
    emitAccesses: emit(({ context }, { batch }: Of<"tracee.accesses">) => ({
      type: "accesses",
      call: context.current?.phase === "running" ? context.current.number : null,
      batch,
    })),
    emitCall: doing(({ enqueue }, ended: Of<"tracee.callEnded">) => {
      const { call, accesses, durationMs, stats, maps } = ended;
      const record: CallRecord = {
        ...{ call, ...accesses, durationMs, stats, maps },
        ...{ outcome: "returned", exitCode: null, crash: null, signal: null },
      };
      for (const finding of record.findings ?? []) enqueue.emit({ type: "finding", call, finding });
      enqueue.emit({ type: "call", record });
    }),
    emitBrokenCall: doing(({ context, enqueue }, { event }: Seen) => {
      if (context.current?.phase !== "running") return;
      const record = brokenCall(context, accessesIn(event));
      const { call } = record;
      for (const finding of record.findings ?? []) enqueue.emit({ type: "finding", call, finding });
      enqueue.emit({ type: "call", record });
    }),
    emitReturned: doing(({ enqueue }, { type: _, ...returned }: Of<"frame.returned">) => {
      enqueue.assign({ requested: null, asked: null });
      enqueue.emit({ type: "returned", ...returned });
    }),
    emitRefused: doing(({ enqueue }, { call, code, message }: Of<"frame.refused">) => {
      enqueue.assign({ requested: null, asked: null });
      enqueue.emit({ type: "refused", call, code, message });
    }),
    refuseCall: emit(({ context }) => ({
      type: "refused",
      call: context.requests + 1,
      code: "SESSION_BUSY",
      message: "the session cannot take a call now: there is no host, or it is in a call",
    })),
    emitOverride: emit((_, { code }: Of<"frame.overrideRetcode">) => ({ type: "override", code })),
    emitViolation: doing(({ context, enqueue }) => {
      if (context.violation) enqueue.emit({ type: "violation", violation: context.violation });
    }),
    emitExit: emit(({ context }) => ({ type: "exit", retcode: outputOf(context).retcode })),
  },
});
