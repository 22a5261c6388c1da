import type { HeapBuffer } from "../model/index.js";
import type { BufferContents, JudgedBuffer } from "./call-facts.js";
import type { TextAt } from "./counted-functions.js";

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

  /** What a buffer held before the call, from an address in it on. */
  readonly before: TextAt = (address) => {
    const at = Number(address);
    const buffer = this.bufferAt(at);
    return buffer?.before?.subarray(at - buffer.address) ?? null;
  };

  /** What a buffer holds now, from an address in it on. */
  readonly now: TextAt = (address) => {
    const at = Number(address);
    const buffer = this.bufferAt(at);
    return (buffer && this.of(buffer)?.subarray(at - buffer.address)) ?? null;
  };

  /** The buffer that holds `address`, or ends there. */
  bufferAt(at: number): JudgedBuffer | undefined {
    return (
      this.buffers.find(({ address, size }) => at >= address && at < address + size) ??
      this.buffers.find(({ address, size }) => at === address + size)
    );
  }
}
