import { enqueueActions, setup } from "xstate";
import type { SessionEmitted } from "../session/session-events.js";
import { sessionMachine } from "../session/session-machine.js";
import { outputOfDefect, type SessionOutput } from "../session/session-output.js";
import {
  ended,
  forget,
  killed,
  start,
  startAgain,
  terminate,
  terminateLast,
  told,
} from "./child-life.js";
import { ask } from "./child-requests.js";
import { type Decision, inTurn } from "./decision.js";
import type { SupervisorContext } from "./supervisor-context.js";
import type {
  SupervisorEmitted,
  SupervisorEvent,
  SupervisorInput,
  SupervisorOutput,
} from "./supervisor-events.js";

/** A child's end, as xstate tells its parent. */
export interface ChildDone {
  readonly type: `xstate.done.actor.${string}`;
  readonly output: SessionOutput;
  readonly actorId: string;
}

/** A child's machine has thrown: a defect. */
export interface ChildFailed {
  readonly type: `xstate.error.actor.${string}`;
  readonly error: unknown;
  readonly actorId: string;
}

type AnyEvent = SupervisorEvent | ChildDone | ChildFailed;
type Of<T extends SupervisorEvent["type"]> = Extract<SupervisorEvent, { type: T }>;

const actors = { session: sessionMachine };
type SessionChild = { src: "session"; logic: typeof sessionMachine; id: string | undefined };

/** Monotonic, and of one origin for all processes: in ms. */
const now = () => performance.timeOrigin + performance.now();

const graceOf = (id: string) => `grace.${id}`;

/** An action that does what `decide` says. */
function doing(decide: (context: SupervisorContext, event: AnyEvent) => Decision) {
  return enqueueActions<
    SupervisorContext,
    AnyEvent,
    undefined,
    AnyEvent,
    SessionChild,
    never,
    never,
    never,
    SupervisorEmitted
  >(({ context, event, enqueue, self }) => {
    const decision = decide(context, event);
    enqueue.assign(decision.context);
    for (const effect of decision.effects) {
      switch (effect.do) {
        case "spawn": {
          const { id, start: input } = effect.spec;
          enqueue.assign(({ spawn }) => {
            const child = spawn("session", { id, input });
            child.on("*", (said: SessionEmitted) =>
              self.send({ type: "child.told", id, told: said }),
            );
            return {};
          });
          break;
        }
        case "drop":
          enqueue.stopChild(effect.id);
          break;
        case "send":
          enqueue.sendTo(effect.id, effect.event);
          break;
        case "emit":
          enqueue.emit(effect.event);
          break;
        case "grace": {
          const { id, ms: delay } = effect;
          enqueue.raise({ type: "child.graceOver", id }, { id: graceOf(id), delay });
          break;
        }
        case "cancelGrace":
          enqueue.cancel(graceOf(effect.id));
          break;
      }
    }
  });
}

/** What the supervisor machine's names mean. `supervisor-machine.ts` has when they are used. */
export const supervisorSetup = setup({
  types: {
    context: {} as SupervisorContext,
    events: {} as AnyEvent,
    input: {} as SupervisorInput,
    output: {} as SupervisorOutput,
    emitted: {} as SupervisorEmitted,
  },
  actors,
  guards: {
    ends: ({ context }) => context.ending !== null,
    nobodyRuns: ({ context }) => context.children.every(({ state }) => state === "ended"),
  },
  actions: {
    startChild: doing((context, event) => start(context, (event as Of<"supervisor.start">).child)),
    startAgain: doing((context, event) =>
      startAgain(context, (event as Of<"supervisor.restart">).id),
    ),
    forgetChild: doing((context, event) => forget(context, (event as Of<"supervisor.delete">).id)),
    terminateChild: doing((context, event) =>
      terminate(context, (event as Of<"supervisor.terminate">).id),
    ),
    killChild: doing((context, event) => killed(context, (event as Of<"child.graceOver">).id)),
    askChild: doing((context, event) => {
      const { id, request } = event as Of<"supervisor.call">;
      return ask(context, id, request);
    }),
    hearChild: doing((context, event) => {
      const { id, told: said } = event as Of<"child.told">;
      return told(context, id, said);
    }),
    childEnded: doing((context, event) => {
      const { actorId, output } = event as ChildDone;
      return ended(context, actorId, output, now());
    }),
    childFailed: doing((context, event) => {
      const { actorId, error } = event as ChildFailed;
      return ended(context, actorId, outputOfDefect(error, null), now());
    }),
    noteShutdown: doing((context) => ({
      context: { ...context, ending: { reason: "shutdown", message: null } },
      effects: [],
    })),
    terminateLast: doing(terminateLast),
    startAll: doing((context) => {
      const { toStart, ...rest } = context;
      return inTurn(
        { ...rest, toStart: [] },
        ...toStart.map((spec) => (then: SupervisorContext) => start(then, spec)),
      );
    }),
  },
});
