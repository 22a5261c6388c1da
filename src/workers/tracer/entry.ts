import { failureOf } from "../../model/index.js";
import type { TracerTask } from "./messages.js";

/**
 * What piscina loads when it starts a thread, before it has a task for it. What a tracer is made of is
 * loaded with the task: where that fails it is that session's failure, where piscina would start thread
 * after thread. Without a task it is loaded beforehand. The task lasts until the tracee is gone: piscina ends a thread that has none.
 */
export default async function trace(task: TracerTask | null): Promise<void> {
  if (task === null) return void (await import("./tracer.js"));
  try {
    if (Atomics.compareExchange(task.begun, 0, 0, 1) !== 0) return; // the session has given up waiting
    const tracer = await import("./tracer.js");
    tracer.default(task);
  } catch (error) {
    task.port.postMessage({ type: "failed", ...failureOf(error) });
  } finally {
    task.port.close();
    task.used.close();
  }
}
