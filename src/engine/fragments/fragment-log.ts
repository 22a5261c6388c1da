import { PAGE_SIZE, type Tid, type TraceeAddress } from "../../model/index.js";
import {
  Reg,
  type RegisterFile,
  SIGSEGV,
  type SignalInfo,
  type TraceeMemory,
  writeRegister,
} from "../../native/index.js";
import type { CodeCache } from "./code-cache.js";
import type { LogReader } from "./log-reader.js";
import type { Place } from "./place.js";
import { RECORD_SIZE } from "./template.js";
import { Slot } from "./thread-area.js";

/** Records that are read at a time: they stay in the processor's cache. */
const RECORDS_A_READ = 32_768;
/** Many calls have no more. */
const FEW = 1024;

/** Takes the records of threads out of the tracee, and has them read. */
export class FragmentLog {
  #records = new Uint32Array(0);

  constructor(
    readonly memory: TraceeMemory,
    readonly reader: LogReader,
  ) {}

  /** All records up to `end`. */
  take(cache: CodeCache, end: number, tid: Tid): void {
    this.#read(cache.taken, end, tid);
    cache.taken = end;
  }

  /**
   * What the unfinished block at `place` has accessed before its instruction there; with `reads`, also
   * what that has read. Its records begin at `end`.
   */
  takePart(
    { block, instruction }: Pick<Place, "block" | "instruction">,
    end: number,
    reads: boolean,
    tid: Tid,
  ): void {
    const { template } = block;
    if (template.records === 0) return;
    const words = this.words(end, template.records);
    this.reader.readPart(words, template, instruction, reads, tid);
  }

  /** The fault is at the page behind the log: there is no room for the next record. */
  isFull({ log }: CodeCache, { signal, faultAddress }: SignalInfo): boolean {
    return signal === SIGSEGV && faultAddress >= log.end && faultAddress < log.end + PAGE_SIZE;
  }

  /**
   * The log is full. Has the thread write on in its other log, `resume`s it, and reads the first: the
   * thread runs meanwhile. If it comes to its end, it stays there until it has been looked at.
   */
  turn(cache: CodeCache, registers: RegisterFile, tid: Tid, resume: () => void): void {
    const end = Number(registers.words[Reg.r15]!);
    const { log, taken } = cache;
    const unfinished = new Uint8Array(log.end - end);
    this.memory.read(end as TraceeAddress, unfinished);
    const { start } = cache.turnLog();
    this.memory.write(start as TraceeAddress, unfinished);
    writeRegister(tid, Reg.r15, start);
    resume();
    this.#read(taken, end, tid);
  }

  /** The records from `from` to `end`, between two executions of blocks. */
  #read(from: number, end: number, tid: Tid): void {
    for (let at = from; at < end; ) {
      const wanted = Math.min((end - at) / RECORD_SIZE, RECORDS_A_READ);
      if (2 * wanted > this.#records.length) {
        this.#records = new Uint32Array(2 * (wanted > FEW ? RECORDS_A_READ : FEW));
      }
      const bytes = new Uint8Array(this.#records.buffer, 0, RECORD_SIZE * wanted);
      const got = this.memory.read(at as TraceeAddress, bytes);
      const read = this.reader.read(this.#records, Math.floor(got / RECORD_SIZE), tid);
      if (read === 0) return; // the address space is gone
      at += RECORD_SIZE * read;
    }
  }

  /** Where the records of a stopped thread end. */
  endOf(cache: CodeCache, { words, ip }: RegisterFile): number {
    const r15 = Number(words[Reg.r15]!);
    const isInside = cache.contains(ip) && r15 >= cache.log.start && r15 <= cache.log.end;
    return isInside ? r15 : Number(cache.readSlots().readBigUInt64LE(Slot.log));
  }

  words(address: number, records: number): Uint32Array {
    const bytes = new Uint8Array(RECORD_SIZE * records);
    this.memory.read(address as TraceeAddress, bytes);
    return new Uint32Array(bytes.buffer);
  }
}
