/** A piscina task: one tracer, on a thread of its own, from spawn to the tracee's death. */
import { failureOf } from "../../model/index.js";
import type { TracerTask } from "./messages.js";
import { Tracer } from "./tracer-loop.js";

export default function trace(task: TracerTask): void {
  try {
    new Tracer(task).run();
  } catch (error) {
    task.port.postMessage({ type: "failed", ...failureOf(error) });
  } finally {
    task.port.close();
    task.used.close();
  }
}
