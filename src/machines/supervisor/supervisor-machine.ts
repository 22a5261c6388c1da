import type { OwnMachine } from "../own-machine.js";
import { initialContext, type SupervisorContext } from "./supervisor-context.js";
import type {
  SupervisorEmitted,
  SupervisorEvent,
  SupervisorInput,
  SupervisorOutput,
} from "./supervisor-events.js";
import { supervisorSetup } from "./supervisor-setup.js";

/**
 * A supervisor of many sessions, with OTP's words and meanings: `one-for-one`; `permanent`,
 * `transient` and `temporary` children; `intensity` and `period`; shutdown with grace, then kill.
 * It makes the requests of `supervisor.call` by the hosts among them, and each of those settles,
 * whatever becomes of its child.
 *
 * ```ts
 * const supervisor = createActor(supervisorMachine, {
 *   input: { children: [{ id: "zlib", start: HOST_PROGRAM, restart: "permanent" }] },
 * });
 * supervisor.on("settled", ({ ref, outcome, result }) => …);
 * supervisor.start();
 * supervisor.send({ type: "supervisor.call", id: "zlib", request: { ref: "1", call } });
 * ```
 */
const definition = supervisorSetup.createMachine({
  id: "supervisor",
  context: ({ input }) => initialContext(input),
  entry: "startAll",
  initial: "supervising",
  on: {
    "child.told": { actions: "hearChild" },
    "child.graceOver": { actions: "killChild" },
    "supervisor.call": { actions: "askChild" },
  },
  states: {
    supervising: {
      on: {
        "supervisor.start": { actions: "startChild" },
        "supervisor.restart": { actions: "startAgain" },
        "supervisor.terminate": { actions: "terminateChild" },
        "supervisor.delete": { actions: "forgetChild" },
        "supervisor.shutdown": { target: "stopping", actions: "noteShutdown" },
        "xstate.done.actor.*": { actions: "childEnded" },
        "xstate.error.actor.*": { actions: "childFailed" },
      },
      always: { guard: "ends", target: "stopping" },
    },
    stopping: {
      entry: "terminateLast",
      on: {
        "xstate.done.actor.*": { actions: ["childEnded", "terminateLast"] },
        "xstate.error.actor.*": { actions: ["childFailed", "terminateLast"] },
      },
      always: { guard: "nobodyRuns", target: "stopped" },
    },
    stopped: { type: "final" },
  },
  output: ({ context }) => context.ending ?? { reason: "shutdown", message: null },
});

export type SupervisorMachine = OwnMachine<
  SupervisorContext,
  SupervisorEvent,
  "supervising" | "stopping" | "stopped",
  SupervisorInput,
  SupervisorOutput,
  SupervisorEmitted
>;

/** As its users see it: the events of its children's ends are xstate's own, and not for them to send. */
export const supervisorMachine = definition as unknown as SupervisorMachine;
