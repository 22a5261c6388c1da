import { type AccessBatch, AccessFlag } from "../model/index.js";
import { Format } from "./formats.js";
import { FRAME_LIMIT, frameHeader } from "./framing.js";
import { MAX_HEADER, putArrayHeader } from "./headers.js";
import { MAX_INTEGER_LENGTH, putUnsigned } from "./integers.js";

/** `81 "Read" 92`, then addr and size. */
const READ = Uint8Array.of(0x81, 0xa4, ...ascii("Read"), 0x92);
/** `81 "Write" 92 92`, then addr and size, then certain. */
const WRITE = Uint8Array.of(0x81, 0xa5, ...ascii("Write"), 0x92, 0x92);
/** No event takes more, in bytes. */
const MAX_EVENT = WRITE.length + 2 * MAX_INTEGER_LENGTH + 1;

/** Of the first chunk, in bytes; each that follows is twice as long, up to {@link CHUNK}. */
const FIRST_CHUNK = 4096;
/** Large enough that a write to the socket costs little beside it, small enough for many sessions. */
const CHUNK = 256 * 1024;

/** What the addresses of nearly all events take: 9 bytes, `cf` and a uint64. */
const WIDE = 2 ** 32;
/** A positive fixint: one byte. */
const NARROW = 0x80;

/**
 * MemEvents out of an access log's columns, byte for byte what writing the message would give, and
 * no object an event: ten million events are 200 MB on the wire and would be 2 GB of objects. Rows
 * are encoded as they come; how many there are is known at the end, so the head comes last.
 *
 * Rows flagged UNKNOWN are not sent, for the protocol has no word for them. Kernel accesses are
 * plain ones.
 */
export class MemEventsWriter {
  /** Events so far. */
  count = 0;
  /** Of the events in full chunks, in bytes. */
  #full = 0;
  /** Of no length before the first event: many calls have none. */
  #chunk = new Uint8Array(0);
  #view = new DataView(this.#chunk.buffer);
  #at = 0;

  /** `onChunk` takes over each chunk that is full. `limit`: of the payload, in bytes. */
  constructor(
    readonly onChunk: (chunk: Uint8Array) => void,
    readonly limit: number = FRAME_LIMIT,
  ) {}

  /** Of the payload so far, with its head, in bytes. */
  get byteLength(): number {
    return this.#full + this.#at + headOf(this.count).length;
  }

  add({ length, address, size, flags }: AccessBatch): void {
    for (let row = 0; row < length; row++) {
      const flag = flags[row]!;
      if (flag & AccessFlag.UNKNOWN) continue;
      if (this.#at > this.#chunk.length - MAX_EVENT) this.#next();
      this.#event(address[row]!, size[row]!, flag);
      this.count++;
    }
  }

  /** The events that are in no full chunk. */
  rest(): Uint8Array {
    return this.#chunk.subarray(0, this.#at);
  }

  /** What comes before the events: the frame's header and that of the list. Throws FRAME_TOO_LARGE. */
  head(): Uint8Array {
    return Buffer.concat([frameHeader(this.byteLength, this.limit), headOf(this.count)]);
  }

  #event(address: number, size: number, flag: number): void {
    const write = (flag & AccessFlag.WRITE) !== 0;
    if (address >= WIDE && size < NARROW) this.#usual(address, size, write);
    else this.#any(address, size, write);
    if (write) {
      this.#chunk[this.#at++] = flag & AccessFlag.UNCERTAIN ? Format.FALSE : Format.TRUE;
    }
  }

  /** As {@link #any}, in a quarter of the time. */
  #usual(address: number, size: number, write: boolean): void {
    const view = this.#view;
    let at = this.#at;
    if (write) {
      view.setUint32(at, 0x81a55772);
      view.setUint32(at + 4, 0x69746592);
      view.setUint16(at + 8, 0x92cf);
      at += 10;
    } else {
      view.setUint32(at, 0x81a45265);
      view.setUint32(at + 4, 0x616492cf);
      at += 8;
    }
    view.setUint32(at, address / WIDE);
    view.setUint32(at + 4, address);
    view.setUint8(at + 8, size);
    this.#at = at + 9;
  }

  #any(address: number, size: number, write: boolean): void {
    const head = write ? WRITE : READ;
    this.#chunk.set(head, this.#at);
    const afterAddress = putUnsigned(this.#view, this.#at + head.length, address);
    this.#at = putUnsigned(this.#view, afterAddress, size);
  }

  #next(): void {
    if (this.#at > 0) this.onChunk(this.rest());
    this.#full += this.#at;
    const longer = Math.max(2 * this.#chunk.length, FIRST_CHUNK);
    this.#chunk = new Uint8Array(Math.min(longer, CHUNK));
    this.#view = new DataView(this.#chunk.buffer);
    this.#at = 0;
  }
}

/** What comes before `count` events in the payload. */
function headOf(count: number): Uint8Array {
  const bytes = new Uint8Array(1 + MAX_HEADER);
  bytes[0] = Format.FIXARRAY + 1;
  return bytes.subarray(0, putArrayHeader(new DataView(bytes.buffer), 1, count));
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
