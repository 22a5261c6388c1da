import { receiveMessageOnPort } from "node:worker_threads";
import type { CallbackAnswer } from "../../model/callback-code.js";
import { transferables } from "../../model/event-buffer.js";
import type { AccessBatch } from "../../model/index.js";
import type { MessagePortLike, TracerCommand, TracerReport } from "./messages.js";

/** Batches on their way to main, at most: 23 MB. */
const MAX_IN_FLIGHT = 24;

/** Accesses that are sooner copied than transferred. */
const FEW = 1024;

/** No report is held back for longer, in ms. */
const LONGEST_CORKED_MS = 2;

/** The tracer's end of the line to its session. */
export class TracerPort {
  #awaited = 0;
  #batches = 0;
  /** Reports that are held back, and since when; null while none are. */
  #corked: { readonly reports: TracerReport[]; readonly since: number } | null = null;

  /** Called when the commands are looked at, for each JavaScript function that has returned. */
  returned: (tid: number, answer: CallbackAnswer) => void = () => {};

  constructor(
    readonly port: MessagePortLike,
    private readonly heard: Int32Array<SharedArrayBuffer>,
    private readonly taken: Int32Array<SharedArrayBuffer>,
    private readonly used: MessagePortLike,
  ) {}

  post(report: TracerReport): void {
    if (this.#corked) this.#corked.reports.push(report);
    else this.port.postMessage(report);
  }

  /**
   * Holds reports back for a moment: those of calls that follow each other closely are one message. To
   * wake a thread that sleeps costs more than such a call.
   */
  cork(): void {
    this.#corked ??= { reports: [], since: performance.now() };
  }

  uncork(): void {
    const corked = this.#corked;
    this.#corked = null;
    if (corked && corked.reports.length > 0) this.port.postMessage(corked.reports);
  }

  /** As {@link uncork}, if that is due. */
  uncorkInTime(): void {
    if (this.#corked && performance.now() - this.#corked.since > LONGEST_CORKED_MS) this.uncork();
  }

  /** Posts `report`, and returns once the session has handled it. The tracee stays as it is. */
  postAndWait(report: TracerReport): void {
    this.uncork();
    this.post(report);
    this.#awaited++;
    waitFor(this.heard, this.#awaited);
  }

  postAccesses(batch: AccessBatch): void {
    if (this.#corked && batch.length < FEW) this.post({ type: "accesses", batch });
    else {
      this.uncork();
      this.port.postMessage({ type: "accesses", batch }, transferables(batch) as ArrayBuffer[]);
    }
    this.#batches++;
    waitFor(this.taken, this.#batches - MAX_IN_FLIGHT);
  }

  /** The memory of a batch that main is done with; null where there is none. */
  takeUsed(): ArrayBuffer | null {
    return (receiveMessageOnPort(this.used)?.message as ArrayBuffer | undefined) ?? null;
  }

  /** What the session has posted since the last look. */
  *commands(): Generator<Exclude<TracerCommand, { type: "callbackReturned" }>> {
    for (;;) {
      const received = receiveMessageOnPort(this.port);
      if (received === undefined) return;
      const command = received.message as TracerCommand;
      if (command.type === "callbackReturned") this.returned(command.tid, command.answer);
      else yield command;
    }
  }
}

/** Sleeps until `counter` has come to `count`. */
function waitFor(counter: Int32Array<SharedArrayBuffer>, count: number): void {
  for (;;) {
    const reached = Atomics.load(counter, 0);
    if (reached >= count) return;
    Atomics.wait(counter, 0, reached);
  }
}
