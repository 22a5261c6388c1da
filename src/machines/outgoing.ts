import type { Socket } from "node:net";

/** Writes what is sent to a child, one message after the other, at the pace at which it reads. */
export class Outgoing {
  #queue: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(readonly socket: Socket) {}

  /** Sends `chunks` as a whole: nothing else comes between them. `sent` follows the last. */
  send(chunks: Iterable<Uint8Array>, sent?: () => void): void {
    this.#queue = this.#queue.then(() => this.#write(chunks)).then(sent);
  }

  /** The child is gone, or will be: nothing waits for it any more. */
  close(): void {
    this.#closed = true;
    this.socket.destroy();
  }

  async #write(chunks: Iterable<Uint8Array>): Promise<void> {
    for (const chunk of chunks) {
      if (this.#closed || this.socket.destroyed) return;
      if (!this.socket.write(chunk)) await this.#drained();
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
