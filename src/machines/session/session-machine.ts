import { initialContext, tracerTask } from "./session-context.js";
import { outputOf } from "./session-output.js";
import { sessionSetup } from "./session-setup.js";

/** Events that a session takes no notice of in a state, on purpose. */
const unheeded = { actions: "ignore" } as const;
const breach = { target: "#stopping", actions: "noteViolation" } as const;
/** The tracer reported what it cannot have seen: a defect of ours, and the end of the session. */
const impossible = { target: "#stopping", actions: "noteImpossible" } as const;
const gone = { target: "#exited", actions: "noteExit" } as const;
/** The end of file that comes with the exit: the exit is what counts. */
const announced = { guard: "exitAnnounced", actions: "noteChannelClosed" } as const;
/** One that breaks the protocol, unless the exit comes with it: it waits for that. */
const severing = { target: "#severed", actions: ["noteChannelClosed", "noteEndOfFile"] } as const;
const endOfFileInCall = [announced, severing] as const;
const endOfFile = [
  announced,
  { guard: "midFrame", ...severing },
  { actions: "noteChannelClosed" },
] as const;
const severed = { target: "#stopping", actions: "noteSevered" } as const;
const override = { actions: ["setOverride", "confirm", "emitOverride"] } as const;

/** What holds in every state that does not say otherwise. */
const everywhere = {
  "tracee.spawned": impossible,
  "tracee.seized": impossible,
  "tracee.ready": impossible,
  "tracee.tracing": impossible,
  "tracee.accesses": { actions: "emitAccesses" },
  "tracee.callEnded": impossible,
  "tracee.unexpectedSignal": breach,
  "tracee.exiting": { actions: "noteExiting" },
  "tracee.exited": gone,
  "tracee.failed": { target: "#failed", actions: "noteFailure" },
  "frame.startFfi": breach,
  "frame.startRanges": breach,
  "frame.eventMemory": breach,
  "frame.overrideRetcode": override,
  "frame.hello": breach,
  "frame.heap": breach,
  "frame.returned": breach,
  "frame.refused": breach,
  "frame.functions": breach,
  "frame.malformed": breach,
  "channel.eof": unheeded,
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

/**
 * A session: one program, from its start to its end, and every call that it has traced. This machine
 * is the only authority on the protocol's order. `docs/session.md` has the chart drawn from it, and
 * `docs/protocol-matrix.md` what each event means in each state.
 */
export const sessionMachine = sessionSetup.createMachine({
  id: "session",
  context: ({ input }) => initialContext(input),
  invoke: { id: "tracee", src: "tracee", input: ({ context }) => tracerTask(context) },
  entry: "awaitStart",
  initial: "starting",
  on: everywhere,
  states: {
    starting: {
      on: { ...starting, "tracee.spawned": { target: "seizing", actions: "notePid" } },
    },
    seizing: {
      on: { ...starting, "tracee.seized": { target: "initialStop" } },
    },
    initialStop: {
      on: {
        ...starting,
        "tracee.ready": { target: "idle", actions: ["started", "noteReady", "emitReady"] },
      },
    },
    idle: {
      on: {
        "frame.startFfi": { target: "armed", actions: ["beginCall", "arm"] },
        "frame.startRanges": [
          { guard: "speaksExtensions", target: "armed", actions: ["beginCall", "arm"] },
          breach,
        ],
        "frame.eventMemory": [{ guard: "speaksExtensions", actions: "ignore" }, breach],
        "frame.hello": [{ guard: "firstHello", actions: ["noteFeatures", "answerHello"] }, breach],
        "frame.heap": [
          { guard: "speaksExtensions", actions: ["noteHeap", "takeHeap", "emitHost"] },
          breach,
        ],
        "frame.returned": [{ guard: "answersRequest", actions: "emitReturned" }, breach],
        "frame.refused": [{ guard: "answersRequest", actions: "emitRefused" }, breach],
        "frame.functions": [
          { guard: "speaksExtensions", actions: ["noteFunctions", "emitFunctions"] },
          breach,
        ],
        "channel.eof": endOfFile,
        "session.call": [{ guard: "hostIsFree", actions: "sendCall" }, { actions: "refuseCall" }],
        "session.load": [{ guard: "hostIsFree", actions: "sendLoad" }, { actions: "refuseCall" }],
        "session.exit": [{ guard: "speaksExtensions", actions: "sendExit" }, unheeded],
      },
    },
    armed: {
      on: {
        "tracee.tracing": {
          target: "tracing",
          actions: ["noteTracing", "beginJudging", "emitCallStarted"],
        },
        "channel.eof": endOfFileInCall,
      },
    },
    tracing: {
      entry: "awaitCallEnd",
      exit: "callEndSeen",
      on: {
        "tracee.accesses": { actions: ["giveBack", "keepAccesses", "passOn", "emitAccesses"] },
        "tracee.callEnded": {
          target: "delivering",
          actions: ["noteCallEnded", "emitCall", "deliver"],
        },
        "channel.eof": endOfFileInCall,
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
        "tracee.ready": severed,
        "tracee.tracing": severed,
        "tracee.accesses": { actions: ["keepAccesses", "emitAccesses"] },
        "tracee.callEnded": severed,
        "tracee.unexpectedSignal": severed,
        "tracee.exiting": { target: "#stopping", actions: ["noteExiting", "noteSevered"] },
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
        "tracee.accesses": { actions: ["keepAccesses", "emitAccesses"] },
        "tracee.callEnded": unheeded,
        "tracee.unexpectedSignal": unheeded,
        "tracee.exited": [{ guard: "failed", target: "#failed", actions: "noteExit" }, gone],
        "frame.startFfi": unheeded,
        "frame.startRanges": unheeded,
        "frame.eventMemory": unheeded,
        "frame.overrideRetcode": unheeded,
        "frame.hello": unheeded,
        "frame.heap": unheeded,
        "frame.returned": unheeded,
        "frame.refused": unheeded,
        "frame.functions": unheeded,
        "frame.malformed": unheeded,
        "session.terminate": unheeded,
        "session.kill": { actions: "kill" },
      },
    },
    exited: { id: "exited", type: "final", entry: ["emitBrokenCall", "emitExit"] },
    failed: { id: "failed", type: "final", entry: ["emitBrokenCall", "emitViolation", "emitExit"] },
  },
  output: ({ context }) => outputOf(context),
});
