import { MessageChannel, type MessagePort } from "node:worker_threads";
import { Piscina } from "piscina";
import type { TracerTask } from "../../workers/tracer/messages.js";
import { LeaseGranter } from "./lease-granter.js";

/** More tracers than anyone runs at once; a thread is started only when a session needs one. */
const MAX_TRACERS = 1024;

/** A tracer holds its thread from spawn to death, so a thread takes one task. */
let pool: Piscina | null = null;

function openPool(): Piscina {
  if (pool !== null) return pool;
  pool = new Piscina({
    filename: new URL("../../workers/tracer/entry.js", import.meta.url).href,
    minThreads: 0,
    maxThreads: MAX_TRACERS,
    concurrentTasksPerWorker: 1,
    // A tracer sleeps in waitid, not in Atomics.wait; without this piscina's worker would wait for
    // its next task there, and nothing could end it.
    atomics: "disabled",
    idleTimeout: 1000,
  });
  // A thread that ends in the middle of a task fails that task. This is of one that had none: it could
  // not start. Piscina starts another, and another: so the session that has waited longest gives up.
  pool.on("error", (error: unknown) => {
    if (preparing) return preparing.giveUp();
    const [first] = waiting;
    first?.(error);
  });
  return pool;
}

/** A thread that has been started before there is a task for it. */
let preparing: { readonly done: Promise<void>; readonly giveUp: () => void } | null = null;

/**
 * Starts a thread, and loads what a tracer is made of, for a session that will be started soon. Where
 * that fails the session's own task fails of the same, and says so.
 */
export function prepareTracer(): void {
  if (preparing) return;
  const controller = new AbortController();
  const done = openPool()
    .run(null, { signal: controller.signal })
    .catch(() => {})
    .finally(() => {
      preparing = null;
    });
  preparing = { done, giveUp: () => controller.abort() };
}

/** Gives up the tracers whose tasks have not begun, the oldest first. */
const waiting = new Set<(why: unknown) => void>();

/** What a session knows of its tracer's task. */
export type TracerStart = Omit<
  TracerTask,
  "port" | "heard" | "taken" | "begun" | "answered" | "lease" | "used"
>;

/** A tracer that runs on a thread of its own. */
export interface RunningTracer {
  readonly port: MessagePort;
  /** Of the child's line. */
  readonly leaser: LeaseGranter;
  /** Lets the tracer go on that waits for its report to be heard. */
  heard(): void;
  /** A call of a JavaScript function has been answered. */
  answered(): void;
  /** So many more batches of accesses have been handled: the tracer waits for those. */
  taken(batches: number): void;
  /** Gives memory of batches back that nobody looks at any more. */
  giveBack(memory: ArrayBuffer): void;
  /** It has begun: {@link giveUp} does nothing from here on. */
  begun(): void;
  /** It is not to begin any more: {@link done} rejects. */
  giveUp(why: unknown): void;
  /** Settles when the tracee is gone and the thread is free. */
  readonly done: Promise<void>;
}

export function startTracer(task: TracerStart): RunningTracer {
  const { port1, port2 } = new MessageChannel();
  const heard = counter();
  const taken = counter();
  const begun = counter();
  const answered = counter();
  const leaser = new LeaseGranter();
  const { memory } = leaser.lease;
  const used = new MessageChannel();
  const data: TracerTask = {
    ...task,
    port: port2,
    heard,
    taken,
    begun,
    answered,
    lease: memory,
    used: used.port2,
  };
  let refuse: (why: unknown) => void = () => {};
  const refused = new Promise<never>((_, reject) => {
    refuse = reject;
  });
  const giveUp = (why: unknown) => {
    if (waiting.delete(giveUp) && Atomics.compareExchange(begun, 0, 0, 1) === 0) refuse(why);
  };
  waiting.add(giveUp);
  const begin = () => openPool().run(data, { transferList: [port2, used.port2] });
  const run: Promise<void> = preparing ? preparing.done.then(begin) : begin();
  const done = Promise.race([run, refused]).finally(() => waiting.delete(giveUp));
  return {
    begun: () => void waiting.delete(giveUp),
    giveUp,
    port: port1,
    leaser,
    done,
    heard: () => raise(heard, 1),
    answered: () => raise(answered, 1),
    taken: (batches) => raise(taken, batches),
    giveBack: (memory) => used.port1.postMessage(memory, [memory]),
  };
}

/** One number, shared with a tracer that waits for it to grow. */
function counter(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

function raise(counter: Int32Array<SharedArrayBuffer>, by: number): void {
  Atomics.add(counter, 0, by);
  Atomics.notify(counter, 0);
}
