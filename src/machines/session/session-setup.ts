import { assign, cancel, emit, enqueueActions, raise, sendTo, setup, stateIn } from "xstate";
import type { LeaseTerms } from "../../ipc/index.js";
import { traceeActor } from "../link/tracee-actor.js";
import type { TraceeCommand } from "../link/tracee-commands.js";
import { brokenCall, newCall, type SessionContext } from "./session-context.js";
import type { CallRecord, SessionEmitted, SessionEvent, SessionInput } from "./session-events.js";
import { outputOf, type SessionOutput } from "./session-output.js";
import { violationOf, WAITING_STATES } from "./violation.js";

/** How long an end of file waits for an exit that the tracer could not announce (SIGKILL), in ms. */
const SEVERED_GRACE_MS = 250;

/** setTimeout takes no more, in ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

type Of<T extends SessionEvent["type"]> = Extract<SessionEvent, { type: T }>;

/** What a child that speaks extensions is told of ours. */
const FEATURES = ["marked-signals", "heap", "host", "ranges", "event-memory"];

const command = (command: TraceeCommand) => ({ type: "tracee.command" as const, command });

/**
 * The state that an event came in. `self` knows it in a running actor only, not where a transition is
 * merely computed. (`never`: xstate types `check` for guards of the setup by name.)
 */
function stateBy(check: (guard: never) => boolean): string {
  return WAITING_STATES.find((state) => check(stateIn(state) as never)) ?? "stopping";
}

/** A host says more than that its calls begin: what it says is heard. */
function leaseAfter(call: number, { requested, features }: SessionContext): LeaseTerms | null {
  return requested === null ? { call: call + 1, extensions: features !== null } : null;
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
    midFrame: ({ event }) => (event as Of<"channel.eof">).midFrame,
    /** The end of file that comes with the exit: the exit is what counts. */
    exitAnnounced: ({ context }) => context.exiting !== null,
    answersRequest: ({ context, event }) =>
      (event as Of<"frame.returned" | "frame.refused">).call === context.requested,
    firstHello: ({ context }) => context.features === null,
    speaksExtensions: ({ context }) => context.features !== null,
    hostIsFree: ({ context }) =>
      context.features !== null && context.requested === null && !context.channelClosed,
    failed: ({ context }) => context.violation !== null || context.failure !== null,
  },

  delays: { severedGrace: SEVERED_GRACE_MS },

  actions: {
    /** For events that a state takes no notice of, on purpose. */
    ignore: () => {},

    // Timers.
    awaitStart: raise(
      { type: "session.startTimeout" },
      {
        id: "startTimer",
        delay: ({ context }) => Math.min(context.input.startTimeout, LONGEST_TIMER_MS),
      },
    ),
    started: cancel("startTimer"),
    awaitCallEnd: enqueueActions(({ context, enqueue }) => {
      const delay = context.asked?.timeout ?? context.input.timeout;
      if (delay === null || delay > LONGEST_TIMER_MS) return;
      enqueue.raise({ type: "session.callTimeout" }, { id: "callTimer", delay });
    }),
    callEndSeen: cancel("callTimer"),

    // What is remembered.
    notePid: assign({ pid: ({ event }) => (event as Of<"tracee.spawned">).pid }),
    setOverride: assign({
      override: ({ event }) => (event as Of<"frame.overrideRetcode">).code,
    }),
    noteReady: assign({ ready: true }),
    noteFeatures: assign({ features: ({ event }) => (event as Of<"frame.hello">).features }),
    noteHeap: assign({ heap: ({ event }) => (event as Of<"frame.heap">).heap }),
    noteFunctions: assign({
      functions: ({ context, event }) => {
        const known = new Set(context.functions.map(({ address }) => address));
        const { functions } = event as Of<"frame.functions">;
        return [...context.functions, ...functions.filter(({ address }) => !known.has(address))];
      },
    }),
    noteChannelClosed: assign({ channelClosed: true }),
    noteExiting: assign({
      exiting: ({ event }) => {
        const { maps, crash, stats, durationMs } = event as Of<"tracee.exiting">;
        return { maps, crash, stats, durationMs };
      },
    }),
    noteExit: assign(({ event }) => {
      const { code, signal } = event as Of<"tracee.exited">;
      return { exitCode: code, signal };
    }),
    noteFailure: assign({
      failure: ({ context, event }) => {
        const { code, message, remedy } = event as Of<"tracee.failed">;
        return context.failure ?? { code, message, remedy };
      },
    }),
    noteImpossible: enqueueActions(({ event, enqueue, check }) => {
      const failure = {
        code: "INTERNAL",
        message: `internal error: the tracer reported ${event.type} in state ${stateBy(check)}`,
        remedy: "Please report this with the command that shows it",
      };
      enqueue.assign({ failure });
    }),
    noteViolation: enqueueActions(({ event, enqueue, check }) => {
      enqueue.assign({ violation: violationOf(stateBy(check), event) });
    }),
    /** An end of file that is a violation unless the exit comes with it. */
    noteEndOfFile: enqueueActions(({ event, enqueue, check }) => {
      enqueue.assign({ severed: violationOf(stateBy(check), event) });
    }),
    /** It has turned out to be one of its own. */
    noteSevered: assign({ violation: ({ context }) => context.severed }),
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
      calls: ({ event }) => (event as Of<"tracee.tracing">).call,
      current: ({ context }) => context.current && { ...context.current, phase: "running" },
    }),
    noteCallEnded: assign({
      current: ({ context }) => context.current && { ...context.current, phase: "over" },
    }),
    beginJudging: ({ context, event }) => {
      context.current?.judge?.begin((event as Of<"tracee.tracing">).maps);
    },
    keepAccesses: ({ context, event }) => {
      const { batch } = event as Of<"tracee.accesses">;
      context.current?.log.append(batch);
      context.current?.judge?.add(batch);
    },
    endCall: assign({ current: null }),

    // What the link is told.
    arm: sendTo("tracee", ({ context, event }) => {
      const { ranges } = event as Of<"frame.startFfi" | "frame.startRanges">;
      const call = context.current!.number;
      return command({ type: "arm", call, ranges, thenLease: leaseAfter(call, context) });
    }),
    confirm: sendTo("tracee", command({ type: "confirm" })),
    answerHello: sendTo("tracee", ({ event }) => {
      const marked = (event as Of<"frame.hello">).features.includes("marked-signals");
      return command({ type: "hello", features: FEATURES, marked });
    }),
    takeHeap: sendTo("tracee", ({ event }) =>
      command({ type: "heap", heap: (event as Of<"frame.heap">).heap }),
    ),
    /** A host's caller has the events already: its call ends with an empty list. */
    passOn: enqueueActions(({ context, event, enqueue }) => {
      if (context.requested !== null) return;
      const { batch } = event as Of<"tracee.accesses">;
      enqueue.sendTo("tracee", command({ type: "keep", batch }));
    }),
    giveBack: enqueueActions(({ context, event, enqueue }) => {
      if (!context.current?.log.isFull) return;
      const { batch } = event as Of<"tracee.accesses">;
      enqueue.sendTo("tracee", command({ type: "giveBack", batch }));
    }),
    deliver: sendTo("tracee", command({ type: "deliver" })),
    sendCall: enqueueActions(({ context, event, enqueue }) => {
      const call = context.requests + 1;
      const asked = (event as Of<"session.call">).call;
      enqueue.assign({ requested: call, requests: call, asked });
      enqueue.sendTo("tracee", command({ type: "call", call: { ...asked, call } }));
    }),
    sendLoad: enqueueActions(({ context, event, enqueue }) => {
      const call = context.requests + 1;
      enqueue.assign({ requested: call, requests: call });
      const { load } = event as Of<"session.load">;
      enqueue.sendTo("tracee", command({ type: "load", load: { ...load, call } }));
    }),
    sendExit: sendTo("tracee", command({ type: "exit" })),
    terminate: sendTo("tracee", command({ type: "terminate" })),
    kill: sendTo("tracee", command({ type: "kill" })),

    // What listeners hear.
    emitReady: emit(({ context }) => ({ type: "ready", pid: context.pid! })),
    emitHost: emit(({ event }) => ({ type: "host", heap: (event as Of<"frame.heap">).heap })),
    emitFunctions: emit(({ event }) => ({
      type: "functions",
      functions: (event as Of<"frame.functions">).functions,
    })),
    emitCallStarted: emit(({ event }) => {
      const { call, maps } = event as Of<"tracee.tracing">;
      return { type: "callStarted", call, maps };
    }),
    emitAccesses: emit(({ context, event }) => ({
      type: "accesses",
      call: context.current?.phase === "running" ? context.current.number : null,
      batch: (event as Of<"tracee.accesses">).batch,
    })),
    emitCall: enqueueActions(({ context, event, enqueue }) => {
      const { call, durationMs, stats, maps } = event as Of<"tracee.callEnded">;
      const { log, judge } = context.current!;
      const record: CallRecord = {
        ...{ call, log, findings: judge?.findings() ?? null, durationMs, stats, maps },
        ...{ outcome: "returned", exitCode: null, crash: null, signal: null },
      };
      for (const finding of record.findings ?? []) enqueue.emit({ type: "finding", call, finding });
      enqueue.emit({ type: "call", record });
    }),
    emitBrokenCall: enqueueActions(({ context, enqueue }) => {
      if (context.current?.phase !== "running") return;
      const record = brokenCall(context);
      const { call } = record;
      for (const finding of record.findings ?? []) enqueue.emit({ type: "finding", call, finding });
      enqueue.emit({ type: "call", record });
    }),
    emitReturned: enqueueActions(({ event, enqueue }) => {
      const { call, result } = event as Of<"frame.returned">;
      enqueue.assign({ requested: null, asked: null });
      enqueue.emit({ type: "returned", call, result });
    }),
    emitRefused: enqueueActions(({ event, enqueue }) => {
      const { call, code, message } = event as Of<"frame.refused">;
      enqueue.assign({ requested: null, asked: null });
      enqueue.emit({ type: "refused", call, code, message });
    }),
    refuseCall: emit(({ context }) => ({
      type: "refused",
      call: context.requests + 1,
      code: "SESSION_BUSY",
      message: "the session cannot take a call now: there is no host, or it is in a call",
    })),
    emitOverride: emit(({ event }) => ({
      type: "override",
      code: (event as Of<"frame.overrideRetcode">).code,
    })),
    emitViolation: enqueueActions(({ context, enqueue }) => {
      if (context.violation) enqueue.emit({ type: "violation", violation: context.violation });
    }),
    emitExit: emit(({ context }) => ({ type: "exit", retcode: outputOf(context).retcode })),
  },
});
