import { failureOf } from "../../model/index.js";
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
    task.port.postMessage({ type: "failed", ...failureOf(error) });
  }
}
