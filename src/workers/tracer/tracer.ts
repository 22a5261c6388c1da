/** A piscina task: one tracer, on a thread of its own, from spawn to the tracee's death. */
import type { TracerTask } from "./messages.js";
import { failureText, Tracer } from "./tracer-loop.js";

export default function trace(task: TracerTask): void {
  try {
    new Tracer(task).run();
  } catch (error) {
    task.port.postMessage({ type: "failed", ...failureText(error) });
  } finally {
    task.port.close();
    task.used.close();
  }
}
