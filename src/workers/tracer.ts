/** A piscina task: one tracer, on a thread of its own, from spawn to the tracee's death. */
import type { TracerTask } from "./messages.js";
import { Tracer } from "./tracer-loop.js";

export default function trace(task: TracerTask): void {
  try {
    new Tracer(task).run();
  } finally {
    task.port.close();
  }
}
