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

/** Takes the records of threads out of the tracee, and has them read. */
export class FragmentLog {
  constructor(
    readonly memory: TraceeMemory,
    readonly reader: LogReader,
  ) {}

  /** All records up to `end`. */
  take(cache: CodeCache, end: number, tid: Tid): void {
    const records = (end - cache.taken) / RECORD_SIZE;
    if (records > 0) this.reader.read(this.words(cache.taken, records), records, tid);
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
  isFull({ logEnd }: CodeCache, { signal, faultAddress }: SignalInfo): boolean {
    return signal === SIGSEGV && faultAddress >= logEnd && faultAddress < logEnd + PAGE_SIZE;
  }

  /**
   * The log is full. Has the thread write on at its beginning, `resume`s it, and reads what was there: the
   * thread runs meanwhile.
   */
  turn(cache: CodeCache, registers: RegisterFile, tid: Tid, resume: () => void): void {
    const end = Number(registers.words[Reg.r15]!);
    const unfinished = new Uint8Array(cache.logEnd - end);
    this.memory.read(end as TraceeAddress, unfinished);
    const records = (end - cache.taken) / RECORD_SIZE;
    const words = this.words(cache.taken, records);
    cache.taken = cache.log;
    this.memory.write(cache.log as TraceeAddress, unfinished);
    writeRegister(tid, Reg.r15, cache.log);
    resume();
    this.reader.read(words, records, tid);
  }

  /** Where the records of a stopped thread end. */
  endOf(cache: CodeCache, { words, ip }: RegisterFile): number {
    const r15 = Number(words[Reg.r15]!);
    const isInside = cache.contains(ip) && r15 >= cache.log && r15 <= cache.logEnd;
    return isInside ? r15 : Number(cache.readSlots().readBigUInt64LE(Slot.log));
  }

  words(address: number, records: number): Uint32Array {
    const bytes = new Uint8Array(RECORD_SIZE * records);
    this.memory.read(address as TraceeAddress, bytes);
    return new Uint32Array(bytes.buffer);
  }
}
