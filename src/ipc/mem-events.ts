import { type AccessBatch, AccessFlag } from "../model/index.js";
import { Format } from "./formats.js";
import { MAX_HEADER, putArrayHeader } from "./headers.js";
import { MAX_INTEGER_LENGTH, putUnsigned, unsignedLength } from "./integers.js";

/**
 * MemEvents out of an access log's columns, byte for byte what writing the message would give, and
 * no object an event: ten million events are 200 MB on the wire and would be 2 GB of objects.
 *
 * Rows flagged UNKNOWN are not sent, for the protocol has no word for them. Kernel accesses are
 * plain ones.
 */

/** `81 "Read" 92`, then addr and size. */
const READ = Uint8Array.of(0x81, 0xa4, ...ascii("Read"), 0x92);
/** `81 "Write" 92 92`, then addr and size, then certain. */
const WRITE = Uint8Array.of(0x81, 0xa5, ...ascii("Write"), 0x92, 0x92);
/** No event takes more, in bytes. */
const MAX_EVENT = WRITE.length + 2 * MAX_INTEGER_LENGTH + 1;
/** Large enough that a write to the socket costs little beside it, small enough for many sessions. */
const CHUNK = 256 * 1024;

/** The exact length of MemEvents with the accesses of `batches`, in bytes. */
export function memEventsByteLength(batches: readonly AccessBatch[]): number {
  let events = 0;
  let bytes = 0;
  for (const { length, address, size, flags } of batches) {
    for (let row = 0; row < length; row++) {
      const flag = flags[row]!;
      if (flag & AccessFlag.UNKNOWN) continue;
      events++;
      bytes += flag & AccessFlag.WRITE ? WRITE.length + 1 : READ.length;
      bytes += unsignedLength(address[row]!) + unsignedLength(size[row]!);
    }
  }
  const header = new DataView(new ArrayBuffer(MAX_HEADER));
  return 1 + putArrayHeader(header, 0, events) + bytes;
}

/**
 * The payload of MemEvents with the accesses of `batches`, in chunks of at most 256 KiB. Each is a
 * buffer of its own, which the caller keeps.
 */
export function* memEventsChunks(batches: readonly AccessBatch[]): Generator<Uint8Array, void> {
  let chunk = new Uint8Array(CHUNK);
  let view = new DataView(chunk.buffer);
  view.setUint8(0, Format.FIXARRAY + 1);
  let at = putArrayHeader(view, 1, countEvents(batches));
  for (const { length, address, size, flags } of batches) {
    for (let row = 0; row < length; row++) {
      const flag = flags[row]!;
      if (flag & AccessFlag.UNKNOWN) continue;
      if (at > CHUNK - MAX_EVENT) {
        yield chunk.subarray(0, at);
        chunk = new Uint8Array(CHUNK);
        view = new DataView(chunk.buffer);
        at = 0;
      }
      const write = flag & AccessFlag.WRITE;
      const head = write ? WRITE : READ;
      // Shorter than it takes to call `chunk.set`.
      for (let i = 0; i < head.length; i++) chunk[at++] = head[i]!;
      at = putUnsigned(view, at, address[row]!);
      at = putUnsigned(view, at, size[row]!);
      if (write) chunk[at++] = flag & AccessFlag.UNCERTAIN ? Format.FALSE : Format.TRUE;
    }
  }
  yield chunk.subarray(0, at);
}

function countEvents(batches: readonly AccessBatch[]): number {
  let events = 0;
  for (const { length, flags } of batches) {
    for (let row = 0; row < length; row++) if (!(flags[row]! & AccessFlag.UNKNOWN)) events++;
  }
  return events;
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
