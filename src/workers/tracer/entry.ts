import type { TracerTask } from "./messages.js";

/**
 * What piscina loads when it starts a thread, before it has a task for it. All else is loaded with the
 * task: what goes wrong then is that session's failure, where piscina would start thread after thread.
 */
export default async function trace(task: TracerTask): Promise<void> {
  const tracer = await import("./tracer.js");
  tracer.default(task);
}
