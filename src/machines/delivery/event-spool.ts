import { MemEventsWriter } from "../../ipc/index.js";
import type { AccessBatch } from "../../model/index.js";
import { SpillFile } from "./spill-file.js";

/** Of a call's events, what is kept in memory, in bytes: 1.8 million of them. The rest goes to a file. */
const KEPT_IN_MEMORY = 32 * 1024 * 1024;

/**
 * The MemEvents of a call, as they will be sent: put together while it runs, and read back at the
 * pace at which the child takes them. A bounded part of it is ever in memory.
 */
export class EventSpool {
  readonly used = false;
  readonly #writer: MemEventsWriter;
  readonly #chunks: Uint8Array[] = [];
  #inMemory = 0;
  #file: SpillFile | null = null;

  /** `limit`: of the frame's payload, in bytes. */
  constructor(limit: number) {
    this.#writer = new MemEventsWriter((chunk) => this.#keep(chunk), limit);
  }

  /**
   * Throws FfiscopeError SPILL_FAILED, and FRAME_TOO_LARGE as soon as there is more than a frame can
   * hold: no events are sent cut.
   */
  add(batch: AccessBatch): void {
    this.#writer.add(batch);
    this.#writer.head();
  }

  /** The whole frame, in chunks that are the reader's to keep. */
  *frame(): Generator<Uint8Array> {
    const head = this.#writer.head();
    if (this.#chunks.length === 0) {
      yield Buffer.concat([head, this.#writer.rest()]); // a short list's, in one write
      return;
    }
    yield head;
    yield* this.#chunks;
    if (this.#file) yield* this.#file.chunks();
    yield this.#writer.rest();
  }

  /** It has been sent, or nobody wants it. */
  close(): void {
    this.#chunks.length = 0;
    this.#file?.close();
    this.#file = null;
  }

  #keep(chunk: Uint8Array): void {
    this.#inMemory += chunk.length;
    if (this.#inMemory <= KEPT_IN_MEMORY) {
      this.#chunks.push(chunk);
      return;
    }
    this.#file ??= new SpillFile();
    this.#file.append(chunk);
  }
}
