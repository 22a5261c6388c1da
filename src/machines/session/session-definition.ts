import { initialContext, tracerTask } from "./session-context.js";
import { outputOf } from "./session-output.js";
import { sessionSetup } from "./session-setup.js";
import {
  answers,
  arming,
  breach,
  emitAccesses,
  emitCall,
  endOfFile,
  endOfFileInCall,
  endOfFileWhileTracing,
  everywhere,
  given,
  gone,
  lineless,
  noteExit,
  noteExiting,
  overriding,
  seen,
  settling,
  severed,
  starting,
  unheeded,
} from "./session-transitions.js";

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
