import type { LeaseTerms } from "../../ipc/index.js";
import type { SessionContext } from "./session-context.js";
import type { CallAccesses, HostCall, SessionEvent } from "./session-events.js";

export const LINE_CLOSED = {
  code: "LINE_CLOSED",
  message:
    "the traced function has closed the line to ffiscope (close_range, closefrom, or close of its number)",
  remedy: "Have it close descriptors that are its own",
};

/** Our own clients do not close it in a call: what they call does. */
export const isLineOfOurs = ({ features, current }: SessionContext) =>
  features !== null && current?.phase === "running";

/** A host says more than that its calls begin: what it says is heard. */
export function leaseAfter(call: number, context: SessionContext): LeaseTerms | null {
  const { requested, features, buffers } = context;
  if (buffers.length > 0) return null; // what they are judged to be is told of before the events
  return requested === null ? { call: call + 1, extensions: features !== null } : null;
}

/**
 * The first call of a host begins as any child's does. Those after it are armed as they are asked for: a
 * StartFfi that is sure to come need not be waited for. Not where the host tells of functions first, of
 * which the tracer is to know before the call begins. What is no call at all is refused later.
 */
export function isArmedAtOnce(
  context: SessionContext,
  call: Partial<HostCall> | undefined,
): boolean {
  const { resolve, args } = call ?? {};
  if (context.calls === 0 || !context.features?.includes("armed-calls")) return false;
  if (!Array.isArray(args) || args.some((arg) => arg?.type === "comparator")) return false;
  return resolve?.length === 0 && hostIsFree(context);
}

export function hostIsFree({ features, requested, channelClosed }: SessionContext): boolean {
  return features !== null && requested === null && !channelClosed;
}

/** Of the call that the child's end cut short. */
export function accessesIn(event: SessionEvent): CallAccesses | null {
  const isEnd = event.type === "tracee.exited" || event.type === "tracee.failed";
  return isEnd ? (event.accesses ?? null) : null;
}
