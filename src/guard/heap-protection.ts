import type { AddressRange } from "../model/index.js";
import { clip, without } from "../model/ranges.js";
import { PROT_EXEC, PROT_READ, PROT_WRITE } from "../native/memory/maps.js";
import type { ProtectedRange } from "./protected-range.js";

const READ_WRITE = PROT_READ | PROT_WRITE;
const ALL = READ_WRITE | PROT_EXEC;

/**
 * What the program has asked mprotect(2) to allow in heaps of our own, which are guarded whatever that
 * is. An access that it does not allow is the program's fault.
 */
export class HeapProtection {
  /** Where it is not to read and write, in order of address. */
  #other: readonly ProtectedRange[] = [];

  /** `wanted`: PROT_* bits, as the program gave them. */
  set(range: AddressRange, wanted: number): void {
    const protection = (wanted & PROT_WRITE ? wanted | PROT_READ : wanted) & ALL; // as x86 has it
    const others = without(this.#other, [range]);
    const added = protection === READ_WRITE ? [] : [{ ...range, protection }];
    this.#other = [...others, ...added].sort((a, b) => a.start - b.start);
  }

  /** What `address` allows (PROT_* bits). */
  at(address: number): number {
    const part = this.#other.find(({ start, end }) => address >= start && address < end);
    return part?.protection ?? READ_WRITE;
  }

  /** `range` in parts of one protection each. */
  of(range: AddressRange): ProtectedRange[] {
    const others = this.#otherIn(range);
    const usual = without([range], others).map((part) => ({ ...part, protection: READ_WRITE }));
    return [...usual, ...others];
  }

  /** The parts of `range` that are not to read and write. */
  #otherIn({ start, end }: AddressRange): ProtectedRange[] {
    return this.#other.length === 0 ? [] : clip(this.#other, start, end);
  }
}
