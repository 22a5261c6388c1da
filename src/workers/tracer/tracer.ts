import type { TracerTask } from "./messages.js";
import { Tracer } from "./tracer-loop.js";

/** One tracer, on a thread of its own, from spawn to the tracee's death. Throws what it fails of. */
export default function trace(task: TracerTask): void {
  new Tracer(task).run();
}
