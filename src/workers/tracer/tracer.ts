import { failureOf, machineErrorOf } from "../../model/index.js";
import { signalName } from "../../native/ptrace/signals.js";
import { KilledAtStart } from "./killed-at-start.js";
import type { TracerTask } from "./messages.js";
import { Tracer } from "./tracer-loop.js";

/**
 * One tracer, on a thread of its own, from spawn to the tracee's death. Tells of what it fails of: the
 * classes of its errors are this file's own, once it is bundled.
 */
export default function trace(task: TracerTask): void {
  try {
    new Tracer(task).run();
  } catch (error) {
    if (error instanceof KilledAtStart) {
      task.port.postMessage({ type: "exited", code: null, signal: signalName(error.signal) });
    } else {
      task.port.postMessage({ type: "failed", ...failureOf(machineErrorOf(error) ?? error) });
    }
  }
}
