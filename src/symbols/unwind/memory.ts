/** Memory of a process, as it is read: how many bytes of `into` were there. */
export interface UnwindMemory {
  read(address: number, into: Uint8Array): number;
}

/** What an unwinding needs is not there, or is not what it has to be: it ends here. */
export class UnwindEnd extends Error {}

const PAGE = 4096;

/** Memory by pages, each read once: tables and stacks are read in many small pieces. */
export class MemoryPages {
  readonly #pages = new Map<number, Buffer>();

  constructor(private readonly memory: UnwindMemory) {}

  /** Exactly `length` bytes. Throws {@link UnwindEnd} where they are not all there. */
  bytes(address: number, length: number): Buffer {
    if (!(address >= 0 && Number.isSafeInteger(address))) throw new UnwindEnd("no address");
    const parts: Buffer[] = [];
    for (let at = address; at < address + length; ) {
      const start = at - (at % PAGE);
      const part = this.#page(start).subarray(at - start, address + length - start);
      if (part.length === 0) throw new UnwindEnd("memory that is not there");
      parts.push(part);
      at += part.length;
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  u64(address: number): bigint {
    return this.bytes(address, 8).readBigUInt64LE();
  }

  #page(start: number): Buffer {
    let page = this.#pages.get(start);
    if (!page) {
      const bytes = Buffer.alloc(PAGE);
      page = bytes.subarray(0, this.memory.read(start, bytes));
      this.#pages.set(start, page);
    }
    return page;
  }
}
