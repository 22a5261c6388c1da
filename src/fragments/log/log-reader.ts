import type { Guard } from "../../guard/guard.js";
import { BATCH_LENGTH, type EventBuffer } from "../../model/event-buffer.js";
import { ARGUMENTS_TOLD, type Tid } from "../../model/index.js";
import { maskedSpans } from "../../x86/decode/index.js";
import type { Template, TemplateAccess } from "../cache/template.js";
import { addressAt, putExecutions, WRAPS_AT } from "./log-columns.js";
import { WatchedRange } from "./watched-range.js";

/** Turns what fragments have logged into accesses. */
export class LogReader {
  /** Templates of blocks by their number, for all threads. */
  readonly templates: (Template | undefined)[] = [];
  readonly #watched: WatchedRange;

  constructor(
    readonly guard: Guard,
    readonly events: EventBuffer,
  ) {
    this.#watched = new WatchedRange(guard);
  }

  /**
   * Reads records of a thread, 64 bits each, in two words. Returns how many: those of the last execution
   * are left where they are not all there. Throws ACCESS_OUTSIDE_HEAP for what cannot have happened.
   */
  read(words: Uint32Array, records: number, thread: Tid): number {
    const { templates } = this;
    this.#watched.renew();
    for (let at = 0; at < records; ) {
      const id = idAt(words, at);
      const template = templates[id]!;
      let end = at + template.records;
      if (end > records) return at;
      if (template.columns) {
        // Mostly it is a loop.
        while (end + template.records <= records && idAt(words, end) === id) {
          end += template.records;
        }
        this.#executions(words, at, (end - at) / template.records, template, thread);
      } else {
        for (const access of template.accesses) {
          this.#access(words, at, template, access, thread);
        }
      }
      at = end;
    }
    return records;
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
    this.#watched.renew();
    for (const access of template.accesses) {
      if (access.instruction > instruction) return;
      if (access.instruction === instruction && (!reads || access.flags)) continue;
      this.#access(words, 0, template, access, thread);
    }
  }

  #executions(
    words: Uint32Array,
    first: number,
    count: number,
    { records, columns }: Template,
    thread: Tid,
  ): void {
    const { events } = this;
    const watched = this.#watched;
    const rows = columns!.length;
    const executions = { template: columns!, words, records, thread, watched };
    for (let done = 0; done < count && rows > 0; ) {
      const row = events.reserve(rows);
      const some = Math.min(count - done, Math.floor((BATCH_LENGTH - row) / rows));
      putExecutions(events.columns, row, some, executions, first + done * records);
      events.added(some * rows);
      done += some;
    }
  }

  #access(
    words: Uint32Array,
    at: number,
    { block }: Template,
    access: TemplateAccess,
    thread: Tid,
  ): void {
    const { kind, record, offset, size, ip, flags } = access;
    const logged = record < 0 ? 0 : addressAt(words, at + record);
    switch (kind) {
      case "redirected": {
        const address = (logged + offset) % WRAPS_AT;
        this.#watched.require(address, size, ip, block);
        this.events.add(address, size, ip, thread, flags);
        return;
      }
      case "exchange":
        if (words[2 * (at + access.mask)]! & 1) {
          this.#addIfTraced((logged + offset) % WRAPS_AT, access, thread);
        }
        return;
      case "checked":
        this.#addIfTraced(logged + offset, access, thread);
        return;
      case "masked": {
        const mask = wordAt(words, at + access.mask);
        for (const [start, length] of maskedSpans(access.form!, size, mask)) {
          const address = (logged + offset + start) % WRAPS_AT;
          if (this.guard.touches(address, address + length)) {
            this.events.add(address, length, ip, thread, flags);
          }
        }
        return;
      }
      case "entry":
        this.#entered(words, at + record, access, thread);
        return;
      case "run":
        this.#addRun(access, logged, addressAt(words, at + offset), thread);
    }
  }

  #entered(words: Uint32Array, first: number, { ip }: TemplateAccess, thread: Tid): void {
    const values = Array.from({ length: ARGUMENTS_TOLD }, (_, i) => wordAt(words, first + i));
    // It may be the first record, which has the block's number: but it is a pointer.
    values[0] = BigInt(addressAt(words, first));
    this.events.entered(ip, thread, values);
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

/** The number of the block whose records begin there. */
function idAt(words: Uint32Array, record: number): number {
  return words[2 * record + 1]! >>> 16;
}

/** All 64 bits of a record. */
function wordAt(words: Uint32Array, record: number): bigint {
  return (BigInt(words[2 * record + 1]!) << 32n) | BigInt(words[2 * record]!);
}
