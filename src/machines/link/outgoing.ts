import type { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";

/** Written in one turn of the event loop, about, in bytes. */
const A_TURN = 256 * 1024;

/** A short frame that is to be sent several times is written so often at once, at most. */
const AT_ONCE = 4096;

/** Something that is sent as a whole: nothing else comes between its chunks. */
interface Message {
  /** What is left of it. */
  readonly chunks: Iterator<Uint8Array>;
  /** Told once, when all of it is handed to the kernel. */
  sent: (() => void) | null;
  /** All of it has been given to the socket. */
  isWritten: boolean;
}

/** Frames that are alike and follow each other: of those that wait only the number is kept. */
class Repeated implements Iterator<Uint8Array> {
  #count = 0;

  constructor(readonly frame: Uint8Array) {}

  add(): void {
    this.#count++;
  }

  next(): IteratorResult<Uint8Array> {
    const now = Math.min(this.#count, AT_ONCE);
    if (now === 0) return { done: true, value: undefined };
    this.#count -= now;
    const value = now === 1 ? this.frame : Buffer.concat(Array<Uint8Array>(now).fill(this.frame));
    return { done: false, value };
  }
}

/**
 * Writes what is sent to a child, one message after the other, at the pace at which it reads. What a
 * child has us keep that does not read is bounded: it is sent the events of one call at a time, which
 * are kept in bounded memory, and otherwise Confirmations, of which the number is kept.
 */
export class Outgoing {
  /** The first is being written. */
  readonly #queue: Message[] = [];
  #isWriting = false;
  #closed = false;

  /** `failed`: what was to be sent could not be read, and the child has been sent a part of it. */
  constructor(
    readonly socket: Socket,
    readonly failed: (error: unknown) => void,
  ) {}

  /** Sends `chunks` as a whole. `sent` follows when the kernel has the last. */
  send(chunks: Iterable<Uint8Array>, sent: (() => void) | null = null): void {
    this.#add({ chunks: chunks[Symbol.iterator](), sent, isWritten: false });
  }

  /** Sends a frame of which very many may have to wait. */
  sendAlike(frame: Uint8Array): void {
    const last = this.#queue.at(-1);
    const waiting = last?.isWritten === false ? last.chunks : null;
    if (waiting instanceof Repeated && waiting.frame === frame) return waiting.add();
    const chunks = new Repeated(frame);
    chunks.add();
    this.#add({ chunks, sent: null, isWritten: false });
  }

  /** Everything has been handed to the kernel, and that was told of. */
  get isEmpty(): boolean {
    return this.#queue.length === 0 && this.socket.writableLength === 0;
  }

  /**
   * Tells of what the kernel has by now. The socket itself tells of it in a later turn: a child may
   * have read all of it and answered before.
   */
  settle(): void {
    const [first] = this.#queue;
    if (first?.isWritten && handleQueue(this.socket) === 0) tell(first);
  }

  /** The child is gone, or will be: nothing waits for it any more. */
  close(): void {
    this.#closed = true;
    this.socket.destroy();
  }

  #add(message: Message): void {
    this.#queue.push(message);
    if (this.#isWriting) return;
    this.#isWriting = true;
    Promise.resolve()
      .then(() => this.#writeAll())
      .catch((error) => {
        this.close();
        this.failed(error);
      });
  }

  async #writeAll(): Promise<void> {
    for (let first = this.#queue[0]; first; first = this.#queue[0]) {
      await this.#write(first);
      this.#queue.shift();
      tell(first);
    }
    this.#isWriting = false;
  }

  async #write(message: Message): Promise<void> {
    let written = 0;
    let next = message.chunks.next();
    while (!next.done) {
      // A child that reads as fast as we write would have this turn to itself: no write waits.
      if (written >= A_TURN) {
        await nextTurn();
        written = 0;
      }
      if (this.#closed || this.socket.destroyed) break;
      const chunk = next.value;
      const done = new Promise<void>((resolve) => {
        this.socket.write(chunk, () => resolve()); // also where it is destroyed
      });
      written += chunk.length;
      // Looked at before the wait: the child may answer the last chunk before we hear of its end.
      next = message.chunks.next();
      message.isWritten = next.done === true;
      // One at a time: what the socket keeps is in libuv's queue alone, where it can be looked at.
      if (this.socket.writableLength > 0) await done;
    }
    message.isWritten = true;
  }
}

function tell(message: Message): void {
  const { sent } = message;
  message.sent = null;
  sent?.();
}

/**
 * Bytes that libuv holds back, for the kernel had no room for them. `socket.writableLength` has those
 * too that the kernel has taken and that Node has not been told of. (Node's own `net` looks at it
 * where a socket times out.)
 */
function handleQueue(socket: Socket): number {
  const { _handle } = socket as unknown as { readonly _handle: { writeQueueSize: number } | null };
  return _handle?.writeQueueSize ?? socket.writableLength;
}
