import { type CallbackAnswer, callbackBefore } from "../../model/callback-code.js";
import type { Tid } from "../../model/index.js";
import { yieldCpu } from "../../native/affinity.js";
import { readXstate, writeXstate } from "../../native/ptrace/ptrace.js";
import { Reg, RegisterFile } from "../../native/ptrace/registers.js";
import type { StopReason } from "../../native/ptrace/stop.js";
import { ThreadGone } from "../../native/ptrace/thread-gone.js";
import type { Thread, ThreadTable } from "../../threads/thread-table.js";
import type { TracerPort } from "./tracer-port.js";

// An XSAVE area (SDM vol. 1, 13.4), in bytes.
const XSTATE_SIZE = 16384;
const XMM0 = 160;
const XMM_BYTES = 16;
const XSTATE_BV = 512;
const SSE_IN_USE = 2n;

/** How long a stop may wait to be seen while a function runs, in ms. */
const LOOK_AFTER_MS = 1;

/** A function that returns sooner is not slept for, in ms: to be woken takes as long. */
const SPIN_MS = 0.2;

/** Threads that have called JavaScript functions: each is stopped until its answer has come. */
export class PendingCallbacks {
  readonly #waiting = new Map<Tid, Thread>();
  /** When the last function was called, in ms. */
  #calledAt = 0;

  /** Looks at what the session has posted: answers, too. */
  takeCommands: () => void = () => {};

  /** `answered` is raised with each answer that is posted. */
  constructor(
    readonly port: TracerPort,
    readonly threads: ThreadTable,
    private readonly answered: Int32Array<SharedArrayBuffer>,
  ) {
    port.returned = (tid, answer) => this.#answer(tid, answer);
  }

  get areThere(): boolean {
    return this.#waiting.size > 0;
  }

  /** True where the SIGTRAP of a stopped thread is that of a function's code: the session is asked. */
  called(thread: Thread): boolean {
    const registers = RegisterFile.of(thread.tid);
    const callback = callbackBefore(registers.ip);
    if (callback === null) return false;
    const { words } = registers;
    const order = [Reg.rdi, Reg.rsi, Reg.rdx, Reg.rcx, Reg.r8, Reg.r9];
    const integers = BigUint64Array.from(order, (register) => words[register]!);
    const area = xstateOf(thread.tid);
    const isInUse = (area.readBigUInt64LE(XSTATE_BV) & SSE_IN_USE) !== 0n;
    const vectors = new Uint8Array(8 * XMM_BYTES);
    if (isInUse) vectors.set(area.subarray(XMM0, XMM0 + vectors.length));
    thread.inCallback = true;
    this.#waiting.set(thread.tid, thread);
    this.#calledAt = performance.now();
    const stack = Number(words[Reg.rsp]);
    this.port.uncork();
    this.port.post({
      type: "callback",
      call: { tid: thread.tid, callback, integers, vectors, stack },
    });
    return true;
  }

  /** Gives a thread what its function has returned, and runs it on at the `ret`. */
  #answer(tid: number, { integers, vectors }: CallbackAnswer): void {
    const thread = this.#waiting.get(tid as Tid);
    if (!thread) return; // it has ended meanwhile
    this.forget(thread.tid);
    try {
      const registers = RegisterFile.of(thread.tid);
      [registers.words[Reg.rax], registers.words[Reg.rdx]] = integers;
      registers.write(thread.tid);
      if (vectors) returnVectors(thread.tid, vectors);
      this.threads.resume(thread);
    } catch (error) {
      if (!(error instanceof ThreadGone)) throw error; // its end is still to be reported
    }
  }

  /** A thread is at its end. */
  forget(tid: Tid): void {
    const thread = this.#waiting.get(tid);
    if (thread) thread.inCallback = false;
    this.#waiting.delete(tid);
  }

  /** The process has become another program. */
  clear(): void {
    this.#waiting.clear();
  }

  /** The next stop of any thread; null once no function runs any more. */
  next(): StopReason | null {
    for (;;) {
      const seen = Atomics.load(this.answered, 0);
      this.takeCommands();
      if (!this.areThere) return null;
      const stop = this.threads.stops.poll();
      if (stop) return stop;
      if (performance.now() - this.#calledAt < SPIN_MS) yieldCpu();
      else Atomics.wait(this.answered, 0, seen, LOOK_AFTER_MS);
    }
  }
}

function xstateOf(tid: Tid): Buffer {
  const area = Buffer.alloc(XSTATE_SIZE);
  return area.subarray(0, readXstate(tid, area));
}

function returnVectors(tid: Tid, vectors: readonly [bigint, bigint]): void {
  const area = xstateOf(tid);
  const inUse = area.readBigUInt64LE(XSTATE_BV);
  if ((inUse & SSE_IN_USE) === 0n) area.fill(0, XMM0, XMM0 + 16 * XMM_BYTES);
  area.writeBigUInt64LE(inUse | SSE_IN_USE, XSTATE_BV);
  for (const [i, value] of vectors.entries()) {
    area.fill(0, XMM0 + i * XMM_BYTES, XMM0 + (i + 1) * XMM_BYTES);
    area.writeBigUInt64LE(value, XMM0 + i * XMM_BYTES);
  }
  writeXstate(tid, area);
}
