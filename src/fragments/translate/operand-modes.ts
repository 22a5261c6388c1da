import type { Guard } from "../../guard/guard.js";
import { Reg, type RegisterFile } from "../../native/ptrace/registers.js";
import { hasMemoryOperand } from "../../x86/encoding/raw-instruction.js";
import { Field, registerIn } from "../../x86/encoding/register-fields.js";
import type { Source } from "../../x86/encoding/source-instruction.js";
import type { OperandMode } from "../cache/block.js";

/** user_regs_struct words in the instruction set's encoding order: rax, rcx, rdx, rbx, rsp, ... */
const ENCODING_ORDER = [
  ...[Reg.rax, Reg.rcx, Reg.rdx, Reg.rbx, Reg.rsp, Reg.rbp, Reg.rsi, Reg.rdi],
  ...[Reg.r8, Reg.r9, Reg.r10, Reg.r11, Reg.r12, Reg.r13, Reg.r14, Reg.r15],
];

/**
 * How each memory operand of the program is treated. The first guess goes by what its registers point
 * to; what turns out wrong faults and is changed, once; what changes again is looked up each time.
 */
export class OperandModes {
  readonly #modes = new Map<number, { mode: OperandMode; changes: number }>();
  /** No wrong operand can be moved to memory that is there. */
  canTrust = true;
  /** There is a page table to look up in. */
  canLookUp = true;

  constructor(readonly guard: Guard) {}

  /** `address`: of an operand without registers. */
  of(source: Source, address: number | null, registers: RegisterFile): OperandMode {
    const known = this.#modes.get(source.ip);
    if (known) return known.mode;
    const mode = this.#guess(source, address, registers);
    this.#modes.set(source.ip, { mode, changes: 0 });
    return mode;
  }

  isRefused(ip: number): boolean {
    return this.#modes.get(ip)?.mode === "interpreted";
  }

  /** An operand that was treated as `seen` is something else; returns how to treat it. */
  change(ip: number, seen: OperandMode): OperandMode {
    const known = this.#modes.get(ip) ?? { mode: seen, changes: 0 };
    this.#modes.set(ip, known);
    if (known.mode !== seen) return known.mode; // other code has been put right already
    known.changes++;
    if (known.changes > 1 || !this.canTrust)
      known.mode = this.canLookUp ? "checked" : "interpreted";
    else known.mode = seen === "direct" ? "redirected" : "direct";
    return known.mode;
  }

  refuse(ip: number): void {
    this.#modes.set(ip, { mode: "interpreted", changes: 0 });
  }

  clear(): void {
    this.#modes.clear();
  }

  #guess({ raw }: Source, address: number | null, registers: RegisterFile): OperandMode {
    if (!hasMemoryOperand(raw)) return "direct"; // implied operands
    const points =
      address !== null
        ? this.guard.covers(address)
        : [Field.base, Field.index].some((field) => {
            const number = registerIn(raw, field);
            const word = number < 0 ? 0n : registers.words[ENCODING_ORDER[number]!]!;
            return this.guard.covers(Number(word));
          });
    if (!points) return "direct";
    if (this.canTrust) return "redirected";
    return this.canLookUp ? "checked" : "interpreted";
  }
}
