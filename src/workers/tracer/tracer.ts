/** A piscina task: one tracer, on a thread of its own, from spawn to the tracee's death. */
import { failureOf } from "../../model/index.js";
import type { TracerTask } from "./messages.js";

/** What a tracer is made of is loaded here: where that fails, the session is told of it as of any other failure. */
export default async function trace(task: TracerTask): Promise<void> {
  try {
    const { Tracer } = await import("./tracer-loop.js");
    new Tracer(task).run();
  } catch (error) {
    task.port.postMessage({ type: "failed", ...failureOf(error) });
  } finally {
    task.port.close();
    task.used.close();
  }
}
