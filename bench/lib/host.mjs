/** Calls in the built-in host, traced and untraced by the same clock: that of the called program. */
import { readFileSync, writeSync } from "node:fs";
import { createSession, HOST_PROGRAM, sessionEnd } from "../../dist/machines/index.js";
import { inputBytes } from "./build.mjs";

/** Events kept of a call: all are counted. */
const KEPT = 1000;
const HEAP_BYTES = 256 * 2 ** 20;
const GAP = 2 ** 21;
/** No call takes as long, in ms; one that does ends the bench. */
const TIMEOUT_MS = 600_000;

/** ns that a thread of ours has run: proc(5), schedstat. */
const ranFor = (tid) =>
  Number(readFileSync(`/proc/self/task/${tid}/schedstat`, "latin1").split(" ")[0]);

/** The thread of ours that traces a process. */
const tracerOf = (pid) =>
  Number(/^TracerPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))[1]);

/** A session of the built-in host. */
export class Host {
  /** @returns one that waits for calls, with the bench's library not loaded yet */
  static open(built, { engine = "auto" } = {}) {
    return new Promise((resolve, reject) => {
      const session = createSession({
        ...HOST_PROGRAM,
        env: { ...process.env, FFISCOPE_HEAP_BYTES: String(HEAP_BYTES) },
        engine,
        timeout: TIMEOUT_MS,
        startTimeout: 60_000,
        maxEvents: KEPT,
        symbols: false,
        stdoutToStderr: true,
      });
      const end = sessionEnd(session);
      end.then((output) => reject(new Error(`the host ended: ${JSON.stringify(output)}`)), reject);
      let tracer = 0;
      session.on("ready", ({ pid }) => {
        tracer = tracerOf(pid);
      });
      session.on("host", ({ heap }) => resolve(new Host(built, session, end, heap, tracer)));
      session.start();
    });
  }

  #waiting = null;
  #record = null;
  #sent = 0;

  constructor(built, session, end, heap, tracer) {
    Object.assign(this, { built, session, end, heap, tracer });
    session.on("call", ({ record }) => {
      this.#record = { ...record, deliveredMs: performance.now() - this.#sent };
    });
    session.on("returned", ({ result }) => this.#waiting?.resolve(result));
    session.on("refused", ({ message }) => this.#waiting?.reject(new Error(message)));
    end.then((output) =>
      this.#waiting?.reject(new Error(`the host ended: ${JSON.stringify(output)}`)),
    );
  }

  /** Puts what `in` is to hold into the heap, whose memory this process shares. */
  load(name, n) {
    const bytes = inputBytes(this.built, name, n);
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.heap.fd, bytes, done, bytes.length - done, done);
    }
  }

  /**
   * One call. Untraced, it is given the heap's other view. `wallNs` and `cpuNs` are the called
   * program's, `durationMs` from SIGSTOP to SIGUSR1, `deliveredMs` from the request to the last event.
   * `tracerNs`: what the tracer's thread ran in that time, reading of the log included.
   */
  async call(name, n, { traced = true } = {}) {
    const { index, inSize, outSize } = this.built.workloads.get(name);
    const start = Number(traced ? this.heap.guarded : this.heap.backdoor);
    const out = inSize(n) + GAP;
    if (out + outSize(n) > this.heap.size)
      throw new Error(`${name} of ${n}: the heap is too small`);
    const ran = ranFor(this.tracer);
    const value = await new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#sent = performance.now();
      this.session.send({
        type: "session.call",
        call: {
          library: this.built.library,
          deep: true,
          symbol: "host_timed",
          result: "u64",
          args: [
            { type: "i64", value: index },
            { type: "ptr", value: start },
            { type: "ptr", value: start + out },
            { type: "i64", value: n },
          ],
          fixedArgs: -1,
          resolve: [],
        },
      });
    });
    this.#waiting = null;
    const { log, stats, durationMs, deliveredMs } = this.#record;
    const times = BigInt(value);
    return {
      wallNs: Number(times >> 32n) * 10,
      cpuNs: Number(times & 0xffffffffn) * 10,
      tracerNs: ranFor(this.tracer) - ran,
      events: log.total,
      durationMs,
      deliveredMs,
      stats,
    };
  }

  async close() {
    this.#waiting = null;
    this.session.send({ type: "session.kill" });
    await this.end;
  }
}

/** Opens a host, does `work` with it, and ends it whatever happens. */
export async function withHost(built, options, work) {
  const host = await Host.open(built, options);
  try {
    return await work(host);
  } finally {
    await host.close();
  }
}
