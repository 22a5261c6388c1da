import type { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";

/** Written in one turn of the event loop, about, in bytes. */
const A_TURN = 256 * 1024;

/** Writes what is sent to a child, one message after the other, at the pace at which it reads. */
export class Outgoing {
  #queue: Promise<void> = Promise.resolve();
  #closed = false;
  /** Messages that are not sent to their end. */
  #unsent = 0;

  constructor(readonly socket: Socket) {}

  /** Sends `chunks` as a whole: nothing else comes between them. `sent` follows the last. */
  send(chunks: Iterable<Uint8Array>, sent?: () => void): void {
    this.#unsent++;
    this.#queue = this.#queue
      .then(() => this.#write(chunks))
      .then(() => {
        this.#unsent--;
        sent?.();
      });
  }

  /** Everything has been handed to the kernel. */
  get isEmpty(): boolean {
    return this.#unsent === 0 && this.socket.writableLength === 0;
  }

  /** The child is gone, or will be: nothing waits for it any more. */
  close(): void {
    this.#closed = true;
    this.socket.destroy();
  }

  async #write(chunks: Iterable<Uint8Array>): Promise<void> {
    let written = 0;
    for (const chunk of chunks) {
      // A child that reads as fast as we write would have this turn to itself: no write waits. Not
      // behind the last chunk: the child may answer it, and is to have been told of as sent by then.
      if (written >= A_TURN) {
        await nextTurn();
        written = 0;
      }
      if (this.#closed || this.socket.destroyed) return;
      if (!this.socket.write(chunk)) await this.#drained();
      written += chunk.length;
    }
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const settle = () => {
        this.socket.off("drain", settle);
        this.socket.off("close", settle);
        resolve();
      };
      this.socket.once("drain", settle);
      this.socket.once("close", settle);
    });
  }
}
