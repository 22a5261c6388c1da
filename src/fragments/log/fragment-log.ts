import type { Tid, TraceeAddress } from "../../model/index.js";
import { writeRegister } from "../../native/ptrace/ptrace.js";
import { Reg, type RegisterFile } from "../../native/ptrace/registers.js";
import type { CodeCache } from "../cache/code-cache.js";
import type { Injector } from "../cache/injector.js";
import { RECORD_SIZE } from "../cache/template.js";
import { Slot } from "../cache/thread-area.js";
import type { LogReader } from "./log-reader.js";
import type { CutBlock, Unread } from "./thread-log.js";

/** Records read at a time: so many fit into the processor's cache. */
const RECORDS_A_READ = 32_768;
/** Many calls have no more. */
const FEW = 1024;

/** Takes the records of threads out of the tracee, and has them read. */
export class FragmentLog {
  #records = new Uint32Array(0);

  constructor(
    readonly memory: Injector["memory"],
    readonly reader: LogReader,
  ) {}

  /** Reads all records up to `end`; the thread goes on where it is. */
  take({ log }: CodeCache, end: number, tid: Tid): void {
    this.#read(log.take(end), tid);
  }

  /** Reads all records of a thread that is out of fragments. */
  takeAll({ log }: CodeCache, tid: Tid): void {
    const unread = log.take(log.next);
    log.restart();
    this.#read(unread, tid);
  }

  /**
   * The log is full. Switches the thread to its other log, `resume`s it, and reads the full one
   * while it runs. If the other fills up too, the thread waits at its end until this is done.
   */
  turn({ log }: CodeCache, registers: RegisterFile, tid: Tid, resume: () => void): void {
    const end = Number(registers.words[Reg.r15]!);
    const unfinished = new Uint8Array(log.end - end);
    this.memory.fill(end as TraceeAddress, unfinished);
    const unread = log.take(end);
    log.turn();
    this.memory.write(log.start as TraceeAddress, unfinished);
    writeRegister(tid, Reg.r15, log.start);
    resume();
    this.#read(unread, tid);
  }

  #read({ from, end, cuts }: Unread, tid: Tid): void {
    let at = from;
    for (const { at: cut, block, instruction, reads } of cuts) {
      const { template } = block;
      this.#readWhole(at, cut, tid);
      const words = this.words(cut, template.records);
      this.reader.readPart(words, template, instruction, reads, tid);
      at = cut + RECORD_SIZE * template.records;
    }
    this.#readWhole(at, end, tid);
  }

  /** The records from `from` to `end`, between two executions of blocks. */
  #readWhole(from: number, end: number, tid: Tid): void {
    for (let at = from; at < end; ) {
      const wanted = Math.min((end - at) / RECORD_SIZE, RECORDS_A_READ);
      if (2 * wanted > this.#records.length) {
        this.#records = new Uint32Array(2 * (wanted > FEW ? RECORDS_A_READ : FEW));
      }
      const bytes = new Uint8Array(this.#records.buffer, 0, RECORD_SIZE * wanted);
      if (!this.memory.fill(at as TraceeAddress, bytes)) return; // the address space is gone
      const read = this.reader.read(this.#records, wanted, tid);
      if (read === 0) return;
      at += RECORD_SIZE * read;
    }
  }

  /** Where the records of a stopped thread end, and the block that it has begun behind them, if any. */
  endOf(
    cache: CodeCache,
    { words, ip }: RegisterFile,
  ): { readonly end: number; readonly cut: Omit<CutBlock, "at"> | null } {
    const r15 = Number(words[Reg.r15]!);
    const isInside = cache.contains(ip) && r15 >= cache.log.start && r15 <= cache.log.end;
    const end = isInside ? r15 : Number(cache.readSlots().readBigUInt64LE(Slot.log));
    const place = cache.locate(ip);
    // Past its records, a block may still fault: what the instruction would access is logged already.
    if (place === null || (place.isAdvanced && !place.fault)) return { end, cut: null };
    const { block, instruction, isAdvanced } = place;
    const logged = isAdvanced ? RECORD_SIZE * block.template.records : 0;
    return { end: end - logged, cut: { block, instruction, reads: false } };
  }

  words(address: number, records: number): Uint32Array {
    const bytes = new Uint8Array(RECORD_SIZE * records);
    this.memory.fill(address as TraceeAddress, bytes);
    return new Uint32Array(bytes.buffer);
  }
}
