import type { SessionEvent } from "./session-events.js";

/** The parameters of an action or a guard that takes them from its event as they are. */
export const given = <E>({ event }: { readonly event: E }): E => event;
export const seen = ({ event }: { readonly event: SessionEvent }) => ({ event });

/** Events that a session takes no notice of in a state, on purpose. */
export const unheeded = { actions: "ignore" } as const;
export const breach = {
  target: "#stopping",
  actions: { type: "noteViolation", params: seen },
} as const;
/** The tracer reported what it cannot have seen: a defect of ours, and the end of the session. */
const impossible = {
  target: "#stopping",
  actions: { type: "noteImpossible", params: seen },
} as const;
export const noteExit = { type: "noteExit", params: given } as const;
export const gone = { target: "#exited", actions: noteExit } as const;
export const noteExiting = { type: "noteExiting", params: given } as const;
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
export const endOfFileInCall = [brokenOff, announced, severing] as const;
/** A function that the built-in host calls has closed the line, or become another program. */
const ofHost = { guard: "hostCalls", actions: "noteChannelClosed" } as const;
/** Another program does not speak: its end is what counts. */
const ofAnother = { guard: "hasExeced", actions: "noteChannelClosed" } as const;
export const endOfFileWhileTracing = [brokenOff, announced, ofHost, ofAnother, severing] as const;
export const endOfFile = [brokenOff, announced, { actions: "noteChannelClosed" }] as const;
export const severed = { target: "#stopping", actions: "noteSevered" } as const;
export const lineless = { guard: "lineIsClosed", target: "#stopping" } as const;
export const emitCall = { type: "emitCall", params: given } as const;
export const emitAccesses = { type: "emitAccesses", params: given } as const;
export const arming = {
  target: "armed",
  actions: ["beginCall", { type: "arm", params: given }],
} as const;
export const answers = { type: "answersRequest", params: given } as const;

/** What holds in every state of the lifecycle that does not say otherwise. */
export const everywhere = {
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
export const starting = {
  "frame.overrideRetcode": breach,
  "channel.eof": endOfFile,
  "session.startTimeout": { target: "#stopping", actions: "noteStartTimeout" },
  "session.terminate": { target: "#stopping", actions: "noteKilled" },
} as const;

/** An override, where the lifecycle is in a state in which the child may send one. */
export const overriding = <T extends string>(target: T) =>
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
export const settling: Record<string, { readonly target: ".settled" }> = {
  "xstate.done.state.session.lifecycle": { target: ".settled" },
};
