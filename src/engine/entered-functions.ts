import type { EventBuffer } from "../model/event-buffer.js";
import type { Tid, TraceeAddress } from "../model/index.js";
import { Reg, RegisterFile } from "../native/ptrace/registers.js";
import { ENCODING_ORDER } from "../threads/thread-registers.js";
import type { Thread } from "../threads/thread-table.js";
import type { CodeMemory } from "../x86/decode/instruction-cache.js";
import { type EntryArgumentValues, EntryValues } from "../x86/encoding/entry-values.js";
import { type Source, sourceAt } from "../x86/encoding/source-instruction.js";

/** A function of libc by its first instruction. */
export interface LibraryFunction {
  readonly address: TraceeAddress;
  /** How far it may read is in its arguments: they are told. */
  readonly counted: boolean;
}

/** No string function of libc is longer, in bytes: what lies further behind an entry is of another. */
const LONGEST_FUNCTION = 12_288;

/** The longest x86 instruction, in bytes. */
const MAX_INSTRUCTION_LENGTH = 15;

/** The call of such a function that a thread was last seen in. */
interface Entered {
  readonly entry: number;
  /** The stack pointer: these functions keep nothing on the stack. */
  readonly sp: bigint;
  /** The instruction that it was seen at. */
  readonly ip: number;
  readonly values: EntryArgumentValues;
}

/**
 * Tells what libc's counted string functions were entered with, where a thread faults in one. Fragments
 * log that at the entry; outside of them a thread is first seen at the function's first access.
 */
export class EnteredFunctions {
  /** In order of address. */
  #functions: readonly LibraryFunction[] = [];
  readonly #values = new Map<number, EntryValues>();
  readonly #last = new Map<Tid, Entered>();

  constructor(
    readonly memory: CodeMemory,
    readonly events: EventBuffer,
  ) {}

  /** They are added to those that are known; the first name of an address stays. */
  note(functions: readonly LibraryFunction[]): void {
    const known = new Map(functions.toReversed().map((known) => [known.address, known]));
    for (const before of this.#functions) known.set(before.address, before);
    this.#functions = [...known.values()].sort((a, b) => a.address - b.address);
  }

  /** The entries of those that are told of. */
  get entries(): ReadonlySet<number> {
    const counted = this.#functions.filter((known) => known.counted);
    return new Set(counted.map(({ address }) => address));
  }

  /** A stopped thread is about to access guarded memory at `ip`: whether that is in such a function. */
  isIn(ip: number): boolean {
    return this.#at(ip) !== null;
  }

  /** A thread has faulted: if a function begins there, tells of it; `drain` hands on what came before. */
  atFault(thread: Thread, drain: () => void): void {
    const registers = RegisterFile.of(thread.tid);
    if (!this.isIn(registers.ip)) return;
    drain();
    this.tell(thread, registers);
  }

  /**
   * Tells of the function that a stopped thread is in, if any. What its registers do not say any more is
   * what they said before, in the same call of it.
   */
  tell({ tid }: Thread, registers: RegisterFile = RegisterFile.of(tid)): void {
    const entry = this.#at(registers.ip);
    if (entry === null) return;
    const word = (number: number) => registers.words[ENCODING_ORDER[number]!]!;
    const { ip } = registers;
    const known = this.#valuesOf(entry);
    const seen = known.at(ip, word);
    const sp = registers.words[Reg.rsp]!;
    const last = this.#last.get(tid);
    const isSameCall =
      last?.entry === entry &&
      last.sp === sp &&
      agree(seen, last.values) &&
      (last.ip === ip || known.leads(last.ip, ip));
    const values = isSameCall ? seen.map((value, i) => value ?? last.values[i] ?? null) : seen;
    this.#last.set(tid, { entry, sp, ip, values });
    this.events.entered(entry, tid, values);
  }

  /** A thread has ended, or begins another call. */
  forget(tid: Tid): void {
    this.#last.delete(tid);
  }

  /** The entry of the counted function that `ip` lies in; null for any other code. */
  #at(ip: number): TraceeAddress | null {
    let low = 0;
    let high = this.#functions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#functions[middle]!.address <= ip) low = middle + 1;
      else high = middle;
    }
    const found = this.#functions[low - 1];
    return found?.counted && ip - found.address < LONGEST_FUNCTION ? found.address : null;
  }

  #valuesOf(entry: TraceeAddress): EntryValues {
    let values = this.#values.get(entry);
    if (!values) {
      const code = Buffer.alloc(LONGEST_FUNCTION + MAX_INSTRUCTION_LENGTH);
      const bytes = code.subarray(0, this.memory.read(entry, code));
      const at = (ip: number): Source | null =>
        ip < entry || ip >= entry + LONGEST_FUNCTION ? null : sourceAt(ip, bytes, ip - entry);
      values = new EntryValues(entry, at);
      this.#values.set(entry, values);
    }
    return values;
  }
}

/** No argument is known to differ. */
function agree(one: EntryArgumentValues, other: EntryArgumentValues): boolean {
  return one.every((value, i) => value === null || other[i] === null || value === other[i]);
}
