import { optionsError, type UsageError } from "../../model/index.js";
import type { SessionEmitted } from "../session/session-events.js";
import type { SessionOutput } from "../session/session-output.js";
import { type Decision, type Effect, emitted } from "./decision.js";
import { type Child, childOf, type SupervisorContext, withChild } from "./supervisor-context.js";
import type { ChildRequest, Settled } from "./supervisor-events.js";
import { CALL_REQUEST, LOAD_REQUEST } from "./supervisor-spec.js";

/**
 * Requests to hosts among the children. Each settles once, whatever becomes of the child: when it is
 * answered, when the child ends, or when the child is not there to be asked any more.
 */

type Told<T extends SessionEmitted["type"]> = Extract<SessionEmitted, { type: T }>;

/** A request has come. */
export function ask(context: SupervisorContext, id: string, request: ChildRequest): Decision {
  const wrong = errorIn(request);
  if (wrong !== null) {
    const { code, message } = wrong;
    const ref = String((request as Partial<ChildRequest> | undefined)?.ref ?? "");
    const how = { ...LOST, outcome: "refused", ref, error: { code, message } } as const;
    return { context, effects: [settled(id, how)] };
  }
  const child = childOf(context, id);
  if (!child) {
    const error = { code: "NO_SUCH_CHILD", message: `there is no child '${id}'` };
    return { context, effects: [settled(id, { ...LOST, ref: request.ref, error })] };
  }
  if (child.state !== "running" || context.ending !== null) {
    const error = { code: "CHILD_ENDED", message: `child '${id}' does not run` };
    return { context, effects: [settled(id, { ...LOST, ref: request.ref, error })] };
  }
  const waiting = [...child.waiting, request];
  return askNext(withChild(context, id, { waiting }), id);
}

function errorIn(request: ChildRequest): UsageError | null {
  const isLoad = typeof request === "object" && request !== null && "load" in request;
  const spec = isLoad ? LOAD_REQUEST : CALL_REQUEST;
  return optionsError(request ?? null, spec, "supervisor.call", "INVALID_CALL");
}

/** Asks a host that is free what has waited longest. */
export function askNext(context: SupervisorContext, id: string): Decision {
  const child = childOf(context, id)!;
  const [request, ...waiting] = child.waiting;
  if (!request || !child.isHost || child.asked || child.state !== "running") {
    return { context, effects: [] };
  }
  const asked = { request, record: null };
  return { context: withChild(context, id, { asked, waiting }), effects: [sent(id, request)] };
}

function sent(id: string, request: ChildRequest): Effect {
  const event =
    "call" in request
      ? ({ type: "session.call", call: request.call } as const)
      : ({ type: "session.load", load: request.load } as const);
  return { do: "send", id, event };
}

/** A call of the child is over: the record belongs to what it was asked, if it was. */
export function noteRecord(
  context: SupervisorContext,
  id: string,
  { record }: Told<"call">,
): SupervisorContext {
  const { asked } = childOf(context, id)!;
  return asked ? withChild(context, id, { asked: { ...asked, record } }) : context;
}

/** The child has answered. */
export function answer(
  context: SupervisorContext,
  id: string,
  told: Told<"returned"> | Told<"refused">,
): Decision {
  const { asked } = childOf(context, id)!;
  if (!asked) return { context, effects: [] };
  const { ref } = asked.request;
  const how: Settled =
    told.type === "returned"
      ? { ref, outcome: "returned", result: told.result, record: asked.record, error: null }
      : {
          ...{ ref, outcome: "refused", result: null, record: null },
          error: { code: told.code, message: told.message },
        };
  return { context: withChild(context, id, { asked: null }), effects: [settled(id, how)] };
}

/** The child has ended: what it was asked is over, too. */
export function endAsked(context: SupervisorContext, id: string, output: SessionOutput): Decision {
  const { asked } = childOf(context, id)!;
  if (!asked) return { context, effects: [] };
  const { request, record } = asked;
  const message = output.failure?.message ?? `child '${id}' ended ${howText(output)}`;
  // A call that returned, and whose host died before it could say what, has no result.
  const isCut = record !== null && record.outcome !== "returned";
  const how: Settled = {
    ref: request.ref,
    outcome: isCut ? record.outcome : "lost",
    result: null,
    record,
    error: isCut ? null : { code: output.failure?.code ?? "CHILD_ENDED", message },
  };
  return { context: withChild(context, id, { asked: null }), effects: [settled(id, how)] };
}

/** Nobody will take what waits for the child. */
export function refuseWaiting(context: SupervisorContext, id: string, why: string): Decision {
  const { waiting } = childOf(context, id)!;
  const error = { code: "CHILD_ENDED", message: `child '${id}' ${why}` };
  return {
    context: withChild(context, id, { waiting: [] }),
    effects: waiting.map(({ ref }) => settled(id, { ...LOST, ref, error })),
  };
}

/** It is no host: it makes calls of its own. */
export function refuseOfPlainClient(
  context: SupervisorContext,
  { spec, waiting }: Child,
): Decision {
  const error = {
    code: "NOT_A_HOST",
    message: `child '${spec.id}' is no host: it cannot be asked`,
  };
  return {
    context: withChild(context, spec.id, { waiting: [] }),
    effects: waiting.map(({ ref }) =>
      settled(spec.id, { ...LOST, outcome: "refused", ref, error }),
    ),
  };
}

const LOST = { outcome: "lost", result: null, record: null } as const;

function settled(child: string, how: Settled): Effect {
  return emitted({ type: "settled", child, ...how });
}

function howText({ signal, exitCode, violation }: SessionOutput): string {
  if (violation) return "after a breach of the protocol";
  return signal ? `by ${signal}` : `with exit code ${exitCode}`;
}
