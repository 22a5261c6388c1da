import { frameEmpty, frameTooLarge, type ProtocolError } from "./errors.js";

/** The length of a frame's payload comes before it, as a little-endian u32. */
const HEADER = 4;

/** What a child's frame may hold, in bytes. */
export const CHILD_FRAME_LIMIT = 256 * 1024 * 1024;

/** What any frame may hold, in bytes: its length is a u32. */
export const FRAME_LIMIT = 2 ** 32 - 1;

/** The header of a frame whose payload has `length` bytes, of at most `limit`. */
export function frameHeader(length: number, limit = FRAME_LIMIT): Uint8Array {
  if (length === 0) throw frameEmpty();
  if (length > limit) throw frameTooLarge(length, limit);
  const header = Buffer.allocUnsafe(HEADER);
  header.writeUInt32LE(length);
  return header;
}

/** `payload` with its header before it. */
export function frame(payload: Uint8Array): Uint8Array {
  return Buffer.concat([frameHeader(payload.length), payload]);
}

/**
 * The frame that `bytes` begin with: its payload, and how long it is as a whole, in bytes. Null where
 * it is none, or longer than `limit`.
 */
export function wholeFrame(
  bytes: Buffer,
  limit: number,
): { payload: Uint8Array; length: number } | "incomplete" | null {
  if (bytes.length === 0) return null;
  if (bytes.length < HEADER) return "incomplete";
  const length = HEADER + bytes.readUInt32LE();
  if (length === HEADER || length > limit) return null;
  if (length > bytes.length) return "incomplete";
  return { payload: bytes.subarray(HEADER, length), length };
}

/**
 * What a frame's first bytes get, in bytes. It doubles until the frame is there, and past 16 MiB it is
 * the whole frame at once: what nobody has written to takes no memory, and copying more of it would
 * hold everybody up.
 */
const FIRST_CAPACITY = 64 * 1024;
const LAST_CAPACITY = 16 * 1024 * 1024;

/**
 * Frames out of a stream that splits them anywhere. A length out of bounds is refused when its
 * header is read; nothing after it can be, for where the next frame begins is not known.
 *
 * What a frame takes grows with what came of it, not with what its header claims, and each byte is
 * copied a constant number of times.
 */
export class FrameReader {
  /** Bytes of the header that came. */
  private headerRead = 0;
  private readonly header = Buffer.alloc(HEADER);
  /** Of the payload, once the header is there; 0 before. */
  private length = 0;
  private payload: Uint8Array = new Uint8Array(0);
  private payloadRead = 0;
  private refusal: ProtocolError | null = null;

  /** `limit`: what a payload may hold, in bytes. */
  constructor(readonly limit: number = CHILD_FRAME_LIMIT) {}

  /** The stream is inside a frame: were it to end here, it would be cut. */
  get midFrame(): boolean {
    return this.headerRead > 0;
  }

  /**
   * The payloads that `chunk` completes, in order. Where a header is refused, iterating yields
   * those before it and then throws; so does every later push.
   *
   * A payload that came whole is a view of `chunk`, good for as long as that is.
   */
  push(chunk: Uint8Array): Iterable<Uint8Array> {
    const payloads: Uint8Array[] = [];
    let at = 0;
    while (at < chunk.length && !this.refusal) {
      at += this.headerRead < HEADER ? this.readHeader(chunk, at) : this.readPayload(chunk, at);
      if (this.length > 0 && this.payloadRead === this.length) {
        payloads.push(this.payload.subarray(0, this.length));
        this.reset();
      }
    }
    if (this.refusal && payloads.length === 0) throw this.refusal;
    return this.refusal ? thenThrow(payloads, this.refusal) : payloads;
  }

  /** How many bytes it took. */
  private readHeader(chunk: Uint8Array, at: number): number {
    const taken = Math.min(HEADER - this.headerRead, chunk.length - at);
    this.header.set(chunk.subarray(at, at + taken), this.headerRead);
    this.headerRead += taken;
    if (this.headerRead === HEADER) {
      const length = this.header.readUInt32LE();
      if (length === 0) this.refusal = frameEmpty();
      else if (length > this.limit) this.refusal = frameTooLarge(length, this.limit);
      else this.length = length;
    }
    return taken;
  }

  /** How many bytes it took. */
  private readPayload(chunk: Uint8Array, at: number): number {
    const taken = Math.min(this.length - this.payloadRead, chunk.length - at);
    const bytes = chunk.subarray(at, at + taken);
    if (taken === this.length) {
      this.payload = bytes;
    } else {
      this.reserve(this.payloadRead + taken);
      this.payload.set(bytes, this.payloadRead);
    }
    this.payloadRead += taken;
    return taken;
  }

  private reserve(bytes: number): void {
    if (bytes <= this.payload.length) return;
    const doubled = Math.max(bytes, 2 * this.payload.length, FIRST_CAPACITY);
    const capacity = doubled > LAST_CAPACITY ? this.length : doubled;
    const grown = Buffer.allocUnsafeSlow(Math.min(capacity, this.length));
    grown.set(this.payload.subarray(0, this.payloadRead));
    this.payload = grown;
  }

  private reset(): void {
    this.headerRead = 0;
    this.length = 0;
    this.payload = new Uint8Array(0);
    this.payloadRead = 0;
  }
}

function* thenThrow(payloads: readonly Uint8Array[], error: ProtocolError): Generator<Uint8Array> {
  yield* payloads;
  throw error;
}
