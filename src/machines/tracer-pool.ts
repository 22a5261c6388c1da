import { MessageChannel, type MessagePort } from "node:worker_threads";
import { Piscina } from "piscina";
import type { TracerTask } from "../workers/messages.js";

/** More tracers than anyone runs at once; a thread is started only when a session needs one. */
const MAX_TRACERS = 1024;

/** A tracer holds its thread from spawn to death, so a thread takes one task. */
let pool: Piscina | null = null;

function openPool(): Piscina {
  pool ??= new Piscina({
    filename: new URL("../workers/tracer.js", import.meta.url).href,
    minThreads: 0,
    maxThreads: MAX_TRACERS,
    concurrentTasksPerWorker: 1,
    // A tracer sleeps in waitid, not in Atomics.wait; without this piscina's worker would wait for
    // its next task there, and nothing could end it.
    atomics: "disabled",
    idleTimeout: 1000,
  });
  return pool;
}

/** A tracer that runs on a thread of its own. */
export interface RunningTracer {
  readonly port: MessagePort;
  /** Lets the tracer go on that waits for its report to be heard. */
  heard(): void;
  /** Settles when the tracee is gone and the thread is free. */
  readonly done: Promise<void>;
}

export function startTracer(task: Omit<TracerTask, "port" | "heard">): RunningTracer {
  const { port1, port2 } = new MessageChannel();
  const heard = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const data: TracerTask = { ...task, port: port2, heard };
  const done: Promise<void> = openPool().run(data, { transferList: [port2] });
  return {
    port: port1,
    done,
    heard() {
      Atomics.add(heard, 0, 1);
      Atomics.notify(heard, 0);
    },
  };
}
