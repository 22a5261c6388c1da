import { Reg, type RegisterFile } from "../../native/index.js";
import type { Guard } from "../guard.js";
import type { Site } from "./block.js";
import { hasMemoryOperand } from "./raw-instruction.js";
import { Field, registerIn } from "./register-fields.js";
import type { Source } from "./source-instruction.js";

/** user_regs_struct words in the instruction set's encoding order: rax, rcx, rdx, rbx, rsp, ... */
const ENCODING_ORDER = [
  ...[Reg.rax, Reg.rcx, Reg.rdx, Reg.rbx, Reg.rsp, Reg.rbp, Reg.rsi, Reg.rdi],
  ...[Reg.r8, Reg.r9, Reg.r10, Reg.r11, Reg.r12, Reg.r13, Reg.r14, Reg.r15],
];

/**
 * How each memory operand of the program is treated. The first guess goes by what its registers point
 * to; what turns out wrong faults and is changed, once; what changes again is looked up each time.
 */
export class SiteTable {
  readonly #sites = new Map<number, { site: Site; changes: number }>();
  /** No wrong operand can be moved to memory that is there. */
  canTrust = true;
  /** There is a page table to look up in. */
  canLookUp = true;

  constructor(readonly guard: Guard) {}

  /** `address`: of an operand without registers. */
  of(source: Source, address: number | null, registers: RegisterFile): Site {
    const known = this.#sites.get(source.ip);
    if (known) return known.site;
    const site = this.#guess(source, address, registers);
    this.#sites.set(source.ip, { site, changes: 0 });
    return site;
  }

  isRefused(ip: number): boolean {
    return this.#sites.get(ip)?.site === "refused";
  }

  /** An operand that was treated as `seen` is something else; returns how to treat it. */
  change(ip: number, seen: Site): Site {
    const known = this.#sites.get(ip) ?? { site: seen, changes: 0 };
    this.#sites.set(ip, known);
    if (known.site !== seen) return known.site; // other code has been put right already
    known.changes++;
    if (known.changes > 1 || !this.canTrust) known.site = this.canLookUp ? "either" : "refused";
    else known.site = seen === "native" ? "traced" : "native";
    return known.site;
  }

  refuse(ip: number): void {
    this.#sites.set(ip, { site: "refused", changes: 0 });
  }

  clear(): void {
    this.#sites.clear();
  }

  #guess({ raw }: Source, address: number | null, registers: RegisterFile): Site {
    if (!hasMemoryOperand(raw)) return "native"; // implied operands
    const points =
      address !== null
        ? this.guard.covers(address)
        : [Field.base, Field.index].some((field) => {
            const number = registerIn(raw, field);
            const word = number < 0 ? 0n : registers.words[ENCODING_ORDER[number]!]!;
            return this.guard.covers(Number(word));
          });
    if (!points) return "native";
    if (this.canTrust) return "traced";
    return this.canLookUp ? "either" : "refused";
  }
}
