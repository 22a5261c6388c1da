import { CfiReader } from "./cfi-reader.js";
import type { FrameDescription } from "./frame-description.js";
import { UnwindEnd } from "./memory.js";

/** How one register of the caller is found. `at`: its value is in memory there; `is`: it is that. */
export type RegisterRule =
  | { readonly kind: "undefined" }
  | { readonly kind: "at" | "is"; readonly offset: number }
  | { readonly kind: "register"; readonly register: number }
  | { readonly kind: "at-expression" | "is-expression"; readonly code: () => CfiReader };

export type CfaRule =
  | { readonly register: number; readonly offset: number }
  | { readonly code: () => CfiReader };

/** What holds at one instruction. A register without a rule is the caller's as it is. */
export interface FrameRules {
  readonly cfa: CfaRule;
  readonly registers: ReadonlyMap<number, RegisterRule>;
}

interface Row {
  cfa: CfaRule | null;
  registers: Map<number, RegisterRule>;
}

const copyOf = ({ cfa, registers }: Row): Row => ({ cfa, registers: new Map(registers) });

/** Runs the call frame instructions (DWARF 5, 6.4.2) of a function up to `pc`. */
export function rulesAt(description: FrameDescription, pc: number): FrameRules {
  const machine = new FrameMachine(description);
  machine.run(description.initial(), pc, null);
  machine.run(description.own(), pc, machine.row.registers);
  const { cfa, registers } = machine.row;
  if (cfa === null) throw new UnwindEnd("a function without a frame address");
  return { cfa, registers };
}

class FrameMachine {
  row: Row = { cfa: null, registers: new Map() };
  readonly #kept: Row[] = [];

  constructor(readonly description: FrameDescription) {}

  /** `initial`: the rules that a register is restored to. */
  run(code: CfiReader, pc: number, initial: ReadonlyMap<number, RegisterRule> | null): void {
    const before = initial && new Map(initial);
    const { start, codeAlign } = this.description;
    let at = start;
    while (!code.isAtEnd) {
      const op = code.u8();
      const advance = advanceOf(op, code);
      if (advance !== null) {
        at = op === SET_LOC ? advance : at + advance * codeAlign;
        if (at > pc) return;
        continue;
      }
      const low = op & 0x3f;
      if (op >> 6 === 2) this.#set(low, { kind: "at", offset: this.#factored(code.uleb()) });
      else if (op >> 6 === 3) this.#restore(low, before);
      else if (!this.#frame(op, code)) this.#register(op, code, before);
    }
  }

  /** Instructions about the frame's address. */
  #frame(op: number, code: CfiReader): boolean {
    const { cfa } = this.row;
    const current = cfa !== null && "register" in cfa ? cfa : { register: -1, offset: 0 };
    switch (op) {
      case 0x0a: // remember_state
        this.#kept.push(copyOf(this.row));
        return true;
      case 0x0b: // restore_state
        this.row = this.#kept.pop() ?? this.row;
        return true;
      case 0x0c: // def_cfa
        this.row.cfa = { register: Number(code.uleb()), offset: Number(code.uleb()) };
        return true;
      case 0x0d: // def_cfa_register
        this.row.cfa = { ...current, register: Number(code.uleb()) };
        return true;
      case 0x0e: // def_cfa_offset
        this.row.cfa = { ...current, offset: Number(code.uleb()) };
        return true;
      case 0x0f: // def_cfa_expression
        this.row.cfa = { code: blockOf(code) };
        return true;
      case 0x12: // def_cfa_sf
        this.row.cfa = { register: Number(code.uleb()), offset: this.#factored(code.sleb()) };
        return true;
      case 0x13: // def_cfa_offset_sf
        this.row.cfa = { ...current, offset: this.#factored(code.sleb()) };
        return true;
      default:
        return false;
    }
  }

  #register(op: number, code: CfiReader, initial: ReadonlyMap<number, RegisterRule> | null): void {
    if (op === 0x00) return; // nop
    if (op === 0x2e) return void code.uleb(); // GNU_args_size
    const register = Number(code.uleb());
    switch (op) {
      case 0x05: // offset_extended
        return this.#set(register, { kind: "at", offset: this.#factored(code.uleb()) });
      case 0x06: // restore_extended
        return this.#restore(register, initial);
      case 0x07: // undefined
        return this.#set(register, { kind: "undefined" });
      case 0x08: // same_value
        return void this.row.registers.delete(register);
      case 0x09: // register
        return this.#set(register, { kind: "register", register: Number(code.uleb()) });
      case 0x10: // expression
        return this.#set(register, { kind: "at-expression", code: blockOf(code) });
      case 0x11: // offset_extended_sf
        return this.#set(register, { kind: "at", offset: this.#factored(code.sleb()) });
      case 0x14: // val_offset
        return this.#set(register, { kind: "is", offset: this.#factored(code.uleb()) });
      case 0x15: // val_offset_sf
        return this.#set(register, { kind: "is", offset: this.#factored(code.sleb()) });
      case 0x16: // val_expression
        return this.#set(register, { kind: "is-expression", code: blockOf(code) });
      default:
        throw new UnwindEnd(`the instruction 0x${op.toString(16)}`);
    }
  }

  #set(register: number, rule: RegisterRule): void {
    this.row.registers.set(register, rule);
  }

  #restore(register: number, initial: ReadonlyMap<number, RegisterRule> | null): void {
    const rule = initial?.get(register);
    if (rule) this.#set(register, rule);
    else this.row.registers.delete(register);
  }

  #factored(offset: bigint): number {
    return Number(offset) * this.description.dataAlign;
  }
}

const SET_LOC = 0x01;

/** How far an instruction moves on, in units of code; null where it is none that does. */
function advanceOf(op: number, code: CfiReader): number | null {
  if (op >> 6 === 1) return op & 0x3f;
  if (op === SET_LOC) return Number(code.u64());
  if (op === 0x02) return code.u8();
  if (op === 0x03) return code.u16();
  return op === 0x04 ? code.u32() : null;
}

function blockOf(code: CfiReader): () => CfiReader {
  const { bytes, address } = code.part(Number(code.uleb()));
  return () => new CfiReader(bytes, address);
}
