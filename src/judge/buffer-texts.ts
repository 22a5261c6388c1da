import type { HeapBuffer } from "../model/index.js";
import type { BufferContents, JudgedBuffer } from "./call-facts.js";
import type { CountedCall } from "./counted-functions.js";

/** What buffers hold while a batch is judged. To read one may copy it: each is read once. */
export class BufferTexts {
  readonly #contents = new Map<HeapBuffer, Uint8Array | null>();

  constructor(
    private readonly buffers: readonly JudgedBuffer[],
    private readonly memory: BufferContents | null,
  ) {}

  /** They may hold something else now. */
  forget(): void {
    this.#contents.clear();
  }

  of(buffer: HeapBuffer): Uint8Array | null {
    let content = this.#contents.get(buffer);
    if (content === undefined) {
      content = this.memory?.contentOf(buffer) ?? null;
      this.#contents.set(buffer, content);
    }
    return content;
  }

  /**
   * How many bytes `call`, which has read to `end`, had to look at, by what buffers held before it or hold
   * now. Null where that is not known.
   */
  neededBy(call: CountedCall, end: number, when: "before" | "now"): number | null {
    const needed = call.needed((address) => this.#within(Number(address), when));
    // Nothing in the buffer ends it: what lies behind may.
    const goesOn = needed === null ? !call.compares : needed === call.limit;
    if (!goesOn || call.readsAll || !this.memory?.bytesAt) return needed;
    const read = end - Math.max(...call.pointers.map(Number).filter((pointer) => pointer < end));
    const across = (address: number) => this.#across(address, address + read, when);
    return call.needed((address) => across(Number(address))) ?? needed;
  }

  /** From an address in a buffer on, to its end. */
  #within(address: number, when: "before" | "now"): Uint8Array | null {
    const buffer = this.bufferAt(address);
    const content = buffer && (when === "now" ? this.of(buffer) : buffer.before);
    return content?.subarray(address - buffer!.address) ?? null;
  }

  /** Bytes `[start, end)`, in buffers and between them; as far as they are known. */
  #across(start: number, end: number, when: "before" | "now"): Uint8Array | null {
    const parts: Uint8Array[] = [];
    for (let at = start; at < end; ) {
      const buffer = this.bufferAt(at);
      const isWithin = buffer && at < buffer.address + buffer.size;
      const next = Math.min(
        end,
        ...this.buffers.map(({ address }) => address).filter((a) => a > at),
      );
      const part = isWithin ? this.#within(at, when) : this.memory!.bytesAt!(at, next - at);
      if (!part?.length) break;
      parts.push(part);
      at += part.length;
    }
    return parts.length === 0 ? null : Buffer.concat(parts);
  }

  /** The buffer that holds `address`, or ends there. */
  bufferAt(at: number): JudgedBuffer | undefined {
    return (
      this.buffers.find(({ address, size }) => at >= address && at < address + size) ??
      this.buffers.find(({ address, size }) => at === address + size)
    );
  }
}
