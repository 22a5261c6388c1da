import { initialContext, tracerTask } from "./session-context.js";
import type { SessionEvent } from "./session-events.js";
import { outputOf } from "./session-output.js";
import { sessionSetup } from "./session-setup.js";

/** The parameters of an action or a guard that takes them from its event as they are. */
const given = <E>({ event }: { readonly event: E }): E => event;
const seen = ({ event }: { readonly event: SessionEvent }) => ({ event });

/** Events that a session takes no notice of in a state, on purpose. */
const unheeded = { actions: "ignore" } as const;
const breach = {
  target: "#stopping",
  actions: { type: "noteViolation", params: seen },
} as const;
/** The tracer reported what it cannot have seen: a defect of ours, and the end of the session. */
const impossible = {
  target: "#stopping",
  actions: { type: "noteImpossible", params: seen },
} as const;
const noteExit = { type: "noteExit", params: given } as const;
const gone = { target: "#exited", actions: noteExit } as const;
const noteExiting = { type: "noteExiting", params: given } as const;
/** The end of file that comes with the exit: the exit is what counts. */
const announced = { guard: "exitAnnounced", actions: "noteChannelClosed" } as const;
const noteEndOfFile = { type: "noteEndOfFile", params: seen } as const;
/** One that breaks the protocol, unless the exit comes with it: it waits for that. */
const severing = { target: "#severed", actions: ["noteChannelClosed", noteEndOfFile] } as const;
/** A frame that was begun and not finished is a violation, whatever comes with it. */
const brokenOff = {
  guard: { type: "midFrame", params: given },
  target: "#stopping",
  actions: ["noteChannelClosed", { type: "noteViolation", params: seen }],
} as const;
const endOfFileInCall = [brokenOff, announced, severing] as const;
/** A function that the built-in host calls has closed the line, or become another program. */
const ofHost = { guard: "hostCalls", actions: "noteChannelClosed" } as const;
/** Another program does not speak: its end is what counts. */
const ofAnother = { guard: "hasExeced", actions: "noteChannelClosed" } as const;
const endOfFileWhileTracing = [brokenOff, announced, ofHost, ofAnother, severing] as const;
const endOfFile = [brokenOff, announced, { actions: "noteChannelClosed" }] as const;
const severed = { target: "#stopping", actions: "noteSevered" } as const;
const lineless = { guard: "lineIsClosed", target: "#stopping" } as const;
const emitCall = { type: "emitCall", params: given } as const;
const emitAccesses = { type: "emitAccesses", params: given } as const;
const arming = {
  target: "armed",
  actions: ["beginCall", { type: "arm", params: given }],
} as const;
const answers = { type: "answersRequest", params: given } as const;

/** What holds in every state of the lifecycle that does not say otherwise. */
const everywhere = {
  "tracee.spawned": impossible,
  "tracee.seized": impossible,
  "tracee.launching": unheeded, // it may have attached, or be ended, meanwhile
  "tracee.execed": unheeded,
  "tracee.ready": impossible,
  "tracee.tracing": impossible,
  "tracee.accesses": { actions: emitAccesses },
  "tracee.callEnded": impossible,
  "tracee.unexpectedSignal": breach,
  "tracee.exiting": { actions: noteExiting },
  "tracee.exited": gone,
  "tracee.failed": { target: "#failed", actions: { type: "noteFailure", params: given } },
  "frame.startFfi": breach,
  "frame.startRanges": breach,
  "frame.eventMemory": breach,
  "frame.overrideRetcode": { actions: "leaveToRetcode" },
  "frame.hello": breach,
  "frame.heap": breach,
  "frame.returned": breach,
  "frame.refused": breach,
  "frame.functions": breach,
  "frame.buffers": breach,
  "frame.malformed": breach,
  "channel.eof": [brokenOff, unheeded],
  "channel.delivered": unheeded,
  "session.call": { actions: "refuseCall" },
  "session.load": { actions: "refuseCall" },
  "session.exit": unheeded,
  "session.terminate": { actions: "terminate" },
  "session.kill": { target: "#stopping", actions: "noteKilled" },
  "session.startTimeout": unheeded,
  "session.callTimeout": unheeded,
} as const;

/** Before the start-up SIGSTOP: nothing may be said yet. */
const starting = {
  "frame.overrideRetcode": breach,
  "channel.eof": endOfFile,
  "session.startTimeout": { target: "#stopping", actions: "noteStartTimeout" },
  "session.terminate": { target: "#stopping", actions: "noteKilled" },
} as const;

/** An override, where the lifecycle is in a state in which the child may send one. */
const overriding = <T extends string>(target: T) =>
  ({
    "frame.overrideRetcode": [
      {
        guard: "mayOverride",
        target,
        actions: [
          { type: "setOverride", params: given },
          "confirm",
          { type: "emitOverride", params: given },
        ],
      },
      unheeded,
    ],
  }) as const;

/** The end of the other region (xstate's own event, which its types do not take for one). */
const settling: Record<string, { readonly target: ".settled" }> = {
  "xstate.done.state.session.lifecycle": { target: ".settled" },
};

/**
 * A session: one program, from its start to its end, and every call that it has traced. This machine
 * is the only authority on the protocol's order. `docs/session.md` has the chart drawn from it, and
 * `docs/protocol-matrix.md` what each event means in each state.
 *
 * It has two regions. `lifecycle` says what the session waits for, and decides what breaks the
 * protocol. `retcode` says what decides the code that the supervisor returns: an override may come in
 * most states of the lifecycle and changes none of them. The session is done when both are.
 */
export const sessionDefinition = sessionSetup.createMachine({
  id: "session",
  context: ({ input }) => initialContext(input),
  invoke: { id: "tracee", src: "tracee", input: ({ context }) => tracerTask(context) },
  type: "parallel",
  states: {
    lifecycle: {
      initial: "starting",
      on: everywhere,
      states: {
        starting: {
          on: {
            ...starting,
            // From here on the time counts: waiting for a thread to trace with is not the program's.
            "tracee.spawned": {
              target: "seizing",
              actions: [{ type: "notePid", params: given }, "awaitStart"],
            },
          },
        },
        seizing: {
          on: { ...starting, "tracee.seized": { target: "initialStop" } },
        },
        initialStop: {
          on: {
            ...starting,
            "tracee.launching": { actions: ["started", "noteLaunching"] },
            "tracee.ready": {
              target: "idle",
              actions: ["started", { type: "noteReady", params: given }, "emitReady"],
            },
          },
        },
        idle: {
          on: {
            "frame.startFfi": arming,
            "frame.startRanges": [{ guard: "speaksExtensions", ...arming }, breach],
            "frame.eventMemory": [{ guard: "speaksExtensions", actions: "ignore" }, breach],
            "frame.hello": [
              {
                guard: "firstHello",
                actions: [
                  { type: "noteFeatures", params: given },
                  { type: "answerHello", params: given },
                ],
              },
              breach,
            ],
            "frame.heap": [
              {
                guard: "speaksExtensions",
                actions: [
                  { type: "noteHeap", params: given },
                  { type: "takeHeap", params: given },
                  { type: "emitHost", params: given },
                ],
              },
              breach,
            ],
            "frame.returned": [
              { guard: answers, actions: { type: "emitReturned", params: given } },
              breach,
            ],
            "frame.refused": [
              { guard: answers, actions: { type: "emitRefused", params: given } },
              breach,
            ],
            "frame.functions": [
              {
                guard: "speaksExtensions",
                actions: [
                  { type: "noteFunctions", params: given },
                  { type: "emitFunctions", params: given },
                ],
              },
              breach,
            ],
            "frame.buffers": [
              { guard: "speaksExtensions", actions: { type: "noteBuffers", params: given } },
              breach,
            ],
            "channel.eof": endOfFile,
            "session.call": [
              {
                guard: { type: "mayBeArmed", params: given },
                target: "armed",
                actions: ["beginCall", { type: "armAndSendCall", params: given }],
              },
              { guard: "hostIsFree", actions: { type: "sendCall", params: given } },
              { actions: "refuseCall" },
            ],
            "session.load": [
              { guard: "hostIsFree", actions: { type: "sendLoad", params: given } },
              { actions: "refuseCall" },
            ],
            "session.exit": [{ guard: "speaksExtensions", actions: "sendExit" }, unheeded],
          },
        },
        armed: {
          on: {
            "tracee.tracing": {
              target: "tracing",
              actions: [
                { type: "noteTracing", params: given },
                { type: "emitCallStarted", params: given },
              ],
            },
            "frame.refused": [
              {
                guard: answers,
                target: "idle",
                actions: ["disarm", "endCall", { type: "emitRefused", params: given }],
              },
              breach,
            ],
            "channel.eof": endOfFileInCall,
          },
        },
        tracing: {
          entry: "awaitCallEnd",
          exit: "callEndSeen",
          on: {
            "tracee.accesses": { actions: [{ type: "passOn", params: given }, emitAccesses] },
            "tracee.callEnded": [
              { ...lineless, actions: ["noteCallEnded", emitCall, "noteLineClosed"] },
              { target: "delivering", actions: ["noteCallEnded", emitCall, "deliver"] },
            ],
            "tracee.execed": { actions: "noteExeced" },
            "channel.eof": endOfFileWhileTracing,
            "session.callTimeout": { target: "#stopping", actions: "noteCallTimeout" },
          },
        },
        delivering: {
          on: {
            "channel.delivered": { target: "idle", actions: "endCall" },
            "channel.eof": endOfFile,
          },
        },
        severed: {
          id: "severed",
          after: { severedGrace: severed },
          on: {
            // The execve(2) has closed the line, and is reported after it.
            "tracee.execed": [
              { guard: "callRuns", target: "tracing", actions: "noteExeced" },
              unheeded,
            ],
            "tracee.ready": severed,
            "tracee.tracing": severed,
            "tracee.callEnded": severed,
            "tracee.unexpectedSignal": severed,
            "tracee.exiting": { target: "#stopping", actions: [noteExiting, "noteSevered"] },
          },
        },
        stopping: {
          id: "stopping",
          entry: "kill",
          on: {
            "tracee.spawned": { actions: "kill" },
            "tracee.seized": unheeded,
            "tracee.ready": unheeded,
            "tracee.tracing": unheeded,
            "tracee.callEnded": unheeded,
            "tracee.unexpectedSignal": unheeded,
            "tracee.exited": [{ guard: "failed", target: "#failed", actions: noteExit }, gone],
            "frame.startFfi": unheeded,
            "frame.startRanges": unheeded,
            "frame.eventMemory": unheeded,
            "frame.overrideRetcode": unheeded,
            "frame.hello": unheeded,
            "frame.heap": unheeded,
            "frame.returned": unheeded,
            "frame.refused": unheeded,
            "frame.functions": unheeded,
            "frame.buffers": unheeded,
            "frame.malformed": unheeded,
            "channel.eof": unheeded,
            "session.terminate": unheeded,
            "session.kill": { actions: "kill" },
          },
        },
        exited: {
          id: "exited",
          type: "final",
          entry: [{ type: "emitBrokenCall", params: seen }, "emitExit"],
        },
        failed: {
          id: "failed",
          type: "final",
          entry: [{ type: "emitBrokenCall", params: seen }, "emitViolation", "emitExit"],
        },
      },
    },
    retcode: {
      initial: "none",
      on: settling,
      states: {
        none: { on: overriding("overridden") },
        overridden: { on: overriding("overriddenAgain") },
        overriddenAgain: { on: overriding("overriddenAgain") },
        settled: { type: "final" },
      },
    },
  },
  output: ({ context }) => outputOf(context),
});
