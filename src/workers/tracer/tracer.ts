import { signalName } from "../../native/ptrace/signals.js";
import { KilledAtStart } from "./killed-at-start.js";
import type { TracerTask } from "./messages.js";
import { Tracer } from "./tracer-loop.js";

/** One tracer, on a thread of its own, from spawn to the tracee's death. Throws what it fails of. */
export default function trace(task: TracerTask): void {
  try {
    new Tracer(task).run();
  } catch (error) {
    if (!(error instanceof KilledAtStart)) throw error;
    task.port.postMessage({ type: "exited", code: null, signal: signalName(error.signal) });
  }
}
