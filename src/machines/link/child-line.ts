import { type OnReadOpts, Socket, type SocketConstructorOpts } from "node:net";
import { FrameReader } from "../../ipc/index.js";
import { FfiscopeError } from "../../model/index.js";
import { bytesToRead, receiveNow } from "../../native/files.js";
import { SystemError } from "../../native/libc.js";
import { Outgoing } from "./outgoing.js";

/** Read at a time, in bytes. */
const CHUNK = 65536;

/** For all lines: what is read here is looked at before anything else is read. */
const drained = Buffer.allocUnsafeSlow(CHUNK);

/** What a line tells of. */
export interface ChildLineEvents {
  /** Something has come: whatever is older is to be told of now, before it is. */
  readonly coming: () => void;
  readonly payload: (payload: Uint8Array) => void;
  /** Bytes that cannot be read: nothing follows. */
  readonly malformed: (error: FfiscopeError) => void;
  readonly end: (midFrame: boolean) => void;
  /** The line cannot be read or written: an error of ours, not the child's. */
  readonly failed: (error: unknown) => void;
}

/** Our end of the line to a child: frames, in the order in which they came. */
export class ChildLine {
  readonly #frames = new FrameReader();
  readonly #socket: Socket;
  readonly #outgoing: Outgoing;
  /** Bytes that the socket has handed over and that are not looked at yet. */
  #inHand: Uint8Array | null = null;
  /** The socket has ended, and that is not told of yet. */
  #endInHand = false;
  #refused = false;
  /** The end of file was told of, or is of no interest any more. */
  #ended = false;
  #isPaused = false;
  #isHeld = false;

  constructor(
    readonly fd: number,
    readonly events: ChildLineEvents,
  ) {
    // Half open: a child that has no more to say may still have MemEvents to take.
    const onread: OnReadOpts = {
      buffer: Buffer.allocUnsafeSlow(CHUNK),
      callback: (length, buffer) => {
        this.#guarded(() => {
          this.#inHand = buffer.subarray(0, length);
          events.coming();
          this.#takeInHand();
        });
        return true;
      },
    };
    const options = { fd, readable: true, writable: true, allowHalfOpen: true, onread };
    this.#socket = new Socket(options satisfies SocketConstructorOpts & { onread: OnReadOpts });
    this.#outgoing = new Outgoing(this.#socket, events.failed);
    this.#socket.on("end", () => this.#guarded(() => this.#noMore()));
    // ECONNRESET: the child has closed its end and left bytes unread. "close" follows.
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => this.#guarded(() => this.#noMore()));
    this.#socket.resume();
  }

  /** Nothing is in between: no part of a frame that has come, nothing that is still to be sent. */
  get isQuiet(): boolean {
    return !this.#frames.midFrame && this.#outgoing.isEmpty;
  }

  /** Leaves what comes where it is, for another reader, until {@link resume}. */
  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (!this.#isHeld) this.#socket.resume();
  }

  /** `true`: there is enough to do; nothing more is read until `false`, but for {@link drain}. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    if (isHeld) this.#socket.pause();
    else if (!this.#isPaused) this.#socket.resume();
  }

  /** The end of file has been told of. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Sends `chunks` as a whole. `sent` follows when the kernel has the last. */
  send(chunks: Iterable<Uint8Array>, sent?: () => void): void {
    this.#outgoing.send(chunks, sent);
  }

  /** Sends a frame of which very many may have to wait: it is always the same one. */
  sendAlike(frame: Uint8Array): void {
    this.#outgoing.sendAlike(frame);
  }

  /**
   * Reads what the line holds now, and not what comes while it does: a child may write as fast as we
   * read.
   */
  drain(): void {
    this.#takeInHand();
    if (this.#endInHand || this.#socket.destroyed) return this.#endOfFile();
    for (let left = bytesToRead(this.fd); ; ) {
      const length = receive(this.fd, Math.max(left, 1)); // the end of file has no bytes
      if (length === null) return;
      if (length === 0) return this.#endOfFile();
      this.#bytes(Buffer.from(drained.subarray(0, length)));
      left -= length;
      if (left <= 0 && bytesToRead(this.fd) > 0) return;
    }
  }

  /** What has come cannot be read: nothing more is told of. */
  refuse(): void {
    this.#refused = true;
  }

  /** Nothing more is told of; what was to be sent is not. */
  close(): void {
    this.#refused = true;
    this.#outgoing.close();
  }

  /** The child is gone: an end of file is no news. */
  gone(): void {
    this.#ended = true;
    this.#outgoing.close();
  }

  /** Node calls us: nobody above would catch it. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.events.failed(error);
    }
  }

  /** A death that was told of meanwhile has taken them already. */
  #takeInHand(): void {
    const chunk = this.#inHand;
    this.#inHand = null;
    if (chunk !== null) this.#bytes(chunk);
  }

  #noMore(): void {
    this.#endInHand = true;
    this.events.coming();
    this.#endOfFile();
  }

  #endOfFile(): void {
    if (this.#refused || this.#ended) return;
    this.#ended = true;
    this.events.end(this.#frames.midFrame);
  }

  /** After bytes that cannot be read nothing more is: where the next frame begins is not known. */
  #bytes(chunk: Uint8Array): void {
    if (this.#refused) return;
    try {
      for (const payload of this.#frames.push(chunk)) {
        // What the child says it has said knowing all that the kernel had taken for it.
        this.#outgoing.settle();
        this.events.payload(payload);
      }
    } catch (error) {
      if (!(error instanceof FfiscopeError)) throw error;
      this.#refused = true;
      this.events.malformed(error);
    }
  }
}

function receive(fd: number, atMost: number): number | null {
  for (;;) {
    try {
      return receiveNow(fd, drained.subarray(0, Math.min(atMost, CHUNK)));
    } catch (error) {
      // The child has closed its end and left bytes unread; what it sent is there all the same.
      if (!(error instanceof SystemError && error.errnoName === "ECONNRESET")) throw error;
    }
  }
}
