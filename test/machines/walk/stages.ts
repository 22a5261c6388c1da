import type { SessionEvent } from "ffiscope/machines";
import { after, from, type Snapshot } from "./paths.js";
import { sample } from "./samples.js";

/** The states of a session in the order of a plain client's call, and what leads to each. */
const STEPS = [
  ["seizing", sample("tracee.spawned")],
  ["initialStop", sample("tracee.seized")],
  ["idle", sample("tracee.ready")],
  ["armed", sample("frame.startFfi")],
  ["tracing", sample("tracee.tracing")],
  ["delivering", sample("tracee.callEnded")],
] as const;

export const STAGES = ["starting", ...STEPS.map(([state]) => state)] as const;
export type Stage = (typeof STAGES)[number];

/** The states in which the child may speak. */
export const READY_STAGES = ["idle", "armed", "tracing", "delivering"] as const;

/** Why the child is not in order before it has raised its start-up SIGSTOP. */
export const EARLY_STAGES = ["starting", "seizing", "initialStop"] as const;

/** A plain client's session in `stage`, in its first call. */
export function at(stage: Stage): Snapshot {
  return after(...eventsTo(stage));
}

function eventsTo(stage: Stage): SessionEvent[] {
  return STEPS.slice(0, STAGES.indexOf(stage)).map(([, event]) => event);
}

/** The session of a client that speaks extensions and has given its heap, after `events`. */
export function hosted(...events: readonly SessionEvent[]): Snapshot {
  return from(at("idle"), sample("frame.hello"), sample("frame.heap"), ...events);
}
