import { optionsError } from "../../model/index.js";
import type { SessionEmitted } from "../session/session-events.js";
import type { SessionOutput } from "../session/session-output.js";
import {
  answer,
  askNext,
  endAsked,
  noteRecord,
  refuseOfPlainClient,
  refuseWaiting,
} from "./child-requests.js";
import { type Decision, emitted, inTurn } from "./decision.js";
import { addRestart } from "./restart-intensity.js";
import {
  type Child,
  childOf,
  endedWell,
  NOT_UP,
  newChild,
  type SupervisorContext,
  withChild,
  withoutChild,
} from "./supervisor-context.js";
import type { ChildSpec, RefusedCode } from "./supervisor-events.js";
import { CHILD } from "./supervisor-spec.js";

/** What a supervisor decides about its children. Nothing is done here. */

const nothing = (context: SupervisorContext): Decision => ({ context, effects: [] });

/** Another child. */
export function start(context: SupervisorContext, spec: ChildSpec): Decision {
  const error = optionsError(spec ?? null, CHILD, "supervisor.start");
  if (error !== null) {
    const child = String((spec as Partial<ChildSpec> | undefined)?.id ?? "");
    const { message } = error;
    return {
      context,
      effects: [emitted({ type: "refused", child, code: "INVALID_OPTION", message })],
    };
  }
  if (childOf(context, spec.id)) {
    return refused(context, spec.id, "CHILD_EXISTS", "is there already");
  }
  const child = newChild(spec);
  return {
    context: { ...context, children: [...context.children, child] },
    effects: [{ do: "spawn", spec }],
  };
}

/** One that does not run is to run again. */
export function startAgain(context: SupervisorContext, id: string): Decision {
  const child = childOf(context, id);
  if (!child) return refused(context, id, "NO_SUCH_CHILD", "is not there");
  if (child.state !== "ended") return refused(context, id, "CHILD_RUNS", "runs");
  return {
    context: withChild(context, id, NOT_UP),
    effects: [{ do: "spawn", spec: child.spec }],
  };
}

export function forget(context: SupervisorContext, id: string): Decision {
  const child = childOf(context, id);
  if (!child) return refused(context, id, "NO_SUCH_CHILD", "is not there");
  if (child.state !== "ended") return refused(context, id, "CHILD_RUNS", "runs");
  return nothing(withoutChild(context, id));
}

/** One is to end. */
export function terminate(context: SupervisorContext, id: string): Decision {
  const child = childOf(context, id);
  if (!child) return refused(context, id, "NO_SUCH_CHILD", "is not there");
  if (child.state !== "running") return nothing(context);
  return inTurn(
    withChild(context, id, { state: "ending" }),
    (then) => refuseWaiting(then, id, "is being ended"),
    (then) => askToEnd(then, childOf(then, id)!),
  );
}

/** A host that is in a call is asked once that is over: see {@link told}. */
function askToEnd(context: SupervisorContext, child: Child): Decision {
  const { id, shutdown } = child.spec;
  if (shutdown === "brutal-kill") return killed(context, id);
  const grace = shutdown === "infinity" ? [] : [{ do: "grace", id, ms: shutdown } as const];
  const polite = child.asked ? [] : [politely(child)];
  return { context, effects: [...grace, ...polite] };
}

function politely({ spec: { id }, isHost }: Child) {
  const type = isHost ? "session.exit" : "session.terminate";
  return { do: "send", id, event: { type } } as const;
}

export function killed(context: SupervisorContext, id: string): Decision {
  return { context, effects: [{ do: "send", id, event: { type: "session.kill" } }] };
}

/** A child has said something. */
export function told(context: SupervisorContext, id: string, said: SessionEmitted): Decision {
  const child = childOf(context, id);
  if (!child) return nothing(context);
  switch (said.type) {
    case "ready":
      return {
        context: withChild(context, id, { pid: said.pid }),
        effects: [emitted({ type: "started", child: id, pid: said.pid })],
      };
    case "host":
      return inTurn(
        withChild(context, id, { isHost: true }),
        (then) => ({
          context: then,
          effects: [emitted({ type: "host", child: id, heap: said.heap })],
        }),
        (then) => askNext(then, id),
      );
    case "callStarted":
      return child.isHost ? nothing(context) : refuseOfPlainClient(context, child);
    case "call":
      return {
        context: noteRecord(context, id, said),
        effects: [emitted({ type: "call", child: id, record: said.record })],
      };
    case "finding":
      return { context, effects: [emitted({ ...said, child: id })] };
    case "violation":
      return { context, effects: [emitted({ ...said, child: id })] };
    case "returned":
    case "refused":
      return inTurn(
        context,
        (then) => answer(then, id, said),
        (then) => (child.state === "ending" ? endFree(then, id) : askNext(then, id)),
      );
    default:
      return nothing(context);
  }
}

function endFree(context: SupervisorContext, id: string): Decision {
  return { context, effects: [politely(childOf(context, id)!)] };
}

/** A child has ended: it is started again, kept or forgotten. `now` in ms. */
export function ended(
  context: SupervisorContext,
  id: string,
  output: SessionOutput,
  now: number,
): Decision {
  const child = childOf(context, id);
  if (!child) return nothing(context);
  return inTurn(
    context,
    (then) => ({
      context: then,
      effects: [{ do: "cancelGrace", id }, emitted({ type: "exit", child: id, output })],
    }),
    (then) => endAsked(then, id, output),
    (then) => ({ context: then, effects: [{ do: "drop", id }] }),
    (then) => afterEnd(withChild(then, id, { ...NOT_UP, state: "ended" }), child, output, now),
  );
}

function afterEnd(
  context: SupervisorContext,
  { state, spec }: Child,
  output: SessionOutput,
  now: number,
): Decision {
  const { id, restart } = spec;
  const wasAsked = state === "ending" || context.ending !== null;
  const isRestarted =
    !wasAsked && (restart === "permanent" || (restart === "transient" && !endedWell(output)));
  if (isRestarted) return restarted(context, id, now);
  return inTurn(
    context,
    (then) => refuseWaiting(then, id, "has ended"),
    (then) => nothing(restart === "temporary" ? withoutChild(then, id) : then),
  );
}

function restarted(context: SupervisorContext, id: string, now: number): Decision {
  const { restarts, isTooMany } = addRestart(context.restarts, now, context);
  if (isTooMany) return giveUp({ ...context, restarts }, id);
  const child = childOf(context, id)!;
  const count = child.restarts + 1;
  return {
    context: withChild({ ...context, restarts }, id, { ...NOT_UP, restarts: count }),
    effects: [
      emitted({ type: "restart", child: id, restarts: count }),
      { do: "spawn", spec: child.spec },
    ],
  };
}

function giveUp(context: SupervisorContext, id: string): Decision {
  const { intensity, period } = context;
  const message = `child '${id}' ended, and there were ${intensity} restarts within ${period} ms already`;
  return inTurn(
    { ...context, ending: { reason: "intensity", message } },
    (then) => refuseWaiting(then, id, "has ended, and is not started again"),
    (then) => ({ context: then, effects: [emitted({ type: "gaveUp", child: id, message })] }),
  );
}

/** Ends the last that still runs; one after the other. Nobody takes what waits for any of them. */
export function terminateLast(context: SupervisorContext): Decision {
  const last = context.children.findLast(({ state }) => state !== "ended");
  const refusals = context.children.map(
    ({ spec }) =>
      (then: SupervisorContext) =>
        refuseWaiting(then, spec.id, "is being ended"),
  );
  if (!last || last.state === "ending") return inTurn(context, ...refusals);
  return inTurn(context, ...refusals, (then) => terminate(then, last.spec.id));
}

function refused(
  context: SupervisorContext,
  child: string,
  code: RefusedCode,
  why: string,
): Decision {
  const message = `child '${child}' ${why}`;
  return { context, effects: [emitted({ type: "refused", child, code, message })] };
}
