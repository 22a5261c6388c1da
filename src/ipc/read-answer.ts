import { Format } from "./formats.js";
import { narrowed } from "./integers.js";
import type { MemEvent, SupervisorMessage } from "./messages.js";

/**
 * The Confirmation or MemEvents in `payload`, which was checked: nothing is checked here. Read by
 * hand, for msgpackr would make two objects more an event, and there may be millions.
 */
export function readAnswer(payload: Uint8Array): SupervisorMessage {
  const reader = new AnswerReader(payload);
  const fields = reader.length();
  if (fields === 0) return { type: "Confirmation" };
  const count = reader.length();
  const events: MemEvent[] = [];
  for (let i = 0; i < count; i++) events.push(reader.event());
  return { type: "MemEvents", events };
}

class AnswerReader {
  private at = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  event(): MemEvent {
    this.length(); // of the map: 1
    const name = this.length();
    this.at += name;
    const write = name === "Write".length; // the other is "Read"
    if (write) this.length();
    this.length(); // of the range: 2
    const address = this.integer();
    const size = this.integer();
    const certain = write ? this.bytes[this.at++] === Format.TRUE : true;
    return { kind: write ? "write" : "read", address, size, certain };
  }

  /** Of an array, a map or a text, whichever is here. */
  length(): number {
    const byte = this.bytes[this.at++]!;
    switch (byte) {
      case Format.STR8:
        return this.view.getUint8(this.past(1));
      case Format.STR16:
      case Format.ARRAY16:
      case Format.MAP16:
        return this.view.getUint16(this.past(2));
      case Format.STR32:
      case Format.ARRAY32:
      case Format.MAP32:
        return this.view.getUint32(this.past(4));
      default:
        return byte & (byte >= Format.FIXSTR ? 0x1f : 0x0f);
    }
  }

  /** One that is not negative, in whatever form it was written. */
  private integer(): number | bigint {
    const byte = this.bytes[this.at++]!;
    switch (byte) {
      case Format.UINT8:
      case Format.INT8:
        return this.view.getUint8(this.past(1));
      case Format.UINT16:
      case Format.INT16:
        return this.view.getUint16(this.past(2));
      case Format.UINT32:
      case Format.INT32:
        return this.view.getUint32(this.past(4));
      case Format.UINT64:
      case Format.INT64: {
        const at = this.past(8);
        const value = this.view.getUint32(at) * 2 ** 32 + this.view.getUint32(at + 4);
        return Number.isSafeInteger(value) ? value : narrowed(this.view.getBigUint64(at));
      }
      default:
        return byte;
    }
  }

  /** Where the next `bytes` begin; moves past them. */
  private past(bytes: number): number {
    this.at += bytes;
    return this.at - bytes;
  }
}
