import type { Tid } from "../../model/index.js";
import { maskedSpans } from "../decode/index.js";
import type { EventBuffer } from "../event-buffer.js";
import type { Guard } from "../guard.js";
import type { Template, TemplateAccess } from "./template.js";

const HIGH = 2 ** 32;
/** Records have the lower 48 bits of a sum: what is added to them carries into nothing. */
const WRAPS_AT = 2 ** 48;
/** Of the upper word of a record: the address's bits. The rest names the block, in its first record. */
const ADDRESS_BITS = 0xffff;

/** Turns what fragments have logged into accesses. */
export class LogReader {
  /** Templates of blocks by their number, for all threads. */
  readonly templates: (Template | undefined)[] = [];

  constructor(
    readonly guard: Guard,
    readonly events: EventBuffer,
  ) {}

  /** Reads `records` complete records of a thread, 64 bits each, in two words. */
  read(words: Uint32Array, records: number, thread: Tid): void {
    const { templates, events } = this;
    for (let at = 0; at < records; ) {
      const template = templates[words[2 * at + 1]! >>> 16]!;
      const { accesses } = template;
      for (let i = 0; i < accesses.length; i++) {
        const access = accesses[i]!;
        if (access.kind !== "traced") {
          this.#other(words, at, access, thread);
          continue;
        }
        let address = access.offset;
        if (access.record >= 0) {
          const place = 2 * (at + access.record);
          address += words[place]! + (words[place + 1]! & ADDRESS_BITS) * HIGH;
          if (address >= WRAPS_AT) address -= WRAPS_AT; // a register that is negative
        }
        events.add(address, access.size, access.ip, thread, access.flags);
      }
      at += template.records;
    }
  }

  /**
   * Reads what a block has accessed before its instruction number `instruction`; with `reads`, also what
   * that one has read.
   */
  readPart(
    words: Uint32Array,
    template: Template,
    instruction: number,
    reads: boolean,
    thread: Tid,
  ): void {
    for (const access of template.accesses) {
      if (access.instruction > instruction) return;
      if (access.instruction === instruction && (!reads || access.flags)) continue;
      if (access.kind !== "traced") this.#other(words, 0, access, thread);
      else {
        const logged = access.record < 0 ? 0 : addressAt(words, access.record);
        const address = (access.offset + logged) % WRAPS_AT;
        this.events.add(address, access.size, access.ip, thread, access.flags);
      }
    }
  }

  #other(words: Uint32Array, at: number, access: TemplateAccess, thread: Tid): void {
    const { kind, record, offset, size, ip, flags } = access;
    const logged = record < 0 ? 0 : addressAt(words, at + record);
    switch (kind) {
      case "exchange":
        if (words[2 * (at + access.mask)]! & 1) {
          this.#addIfTraced((logged + offset) % WRAPS_AT, access, thread);
        }
        return;
      case "either":
        this.#addIfTraced(logged + offset, access, thread);
        return;
      case "masked": {
        const mask = maskAt(words, at + access.mask);
        for (const [start, length] of maskedSpans(access.form!, size, mask)) {
          const address = (logged + offset + start) % WRAPS_AT;
          if (this.guard.touches(address, address + length)) {
            this.events.add(address, length, ip, thread, flags);
          }
        }
        return;
      }
      case "run":
        this.#addRun(access, logged, addressAt(words, at + offset), thread);
    }
  }

  #addIfTraced(address: number, { size, ip, flags }: TemplateAccess, thread: Tid): void {
    if (this.guard.touches(address, address + size)) {
      this.events.add(address, size, ip, thread, flags);
    }
  }

  /** The address that an access of a block with these records was logged with. */
  addressOf({ record }: TemplateAccess, words: Uint32Array): number {
    return addressAt(words, record);
  }

  #addRun({ size, ip, flags }: TemplateAccess, start: number, end: number, thread: Tid): void {
    const low = start <= end ? start : end + size;
    const length = Math.abs(end - start);
    if (length > 0 && this.guard.touches(low, low + length)) {
      this.events.add(low, length, ip, thread, flags);
    }
  }
}

function addressAt(words: Uint32Array, record: number): number {
  return words[2 * record]! + (words[2 * record + 1]! & ADDRESS_BITS) * HIGH;
}

function maskAt(words: Uint32Array, record: number): bigint {
  return (BigInt(words[2 * record + 1]!) << 32n) | BigInt(words[2 * record]!);
}
