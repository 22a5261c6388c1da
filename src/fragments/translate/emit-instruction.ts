import { type Assembler, Gpr64 } from "../../x86/encoding/assembler.js";
import type { EncodingClass } from "../../x86/encoding/encoding-class.js";
import {
  hasMemoryOperand,
  isRipRelative,
  type RawInstruction,
} from "../../x86/encoding/raw-instruction.js";
import {
  Field,
  type FieldName,
  lowerRegister,
  registerIn,
  scaleIn,
} from "../../x86/encoding/register-fields.js";
import type { Source } from "../../x86/encoding/source-instruction.js";
import { Slot } from "../cache/thread-area.js";

const { r14, r15 } = Gpr64;

/** GS segment override. */
const GS_PREFIX = 0x65;

/** A use of a register by one instruction. */
interface Use {
  readonly field: FieldName;
  readonly register: number;
  readonly read: boolean;
  readonly write: boolean;
  readonly whole: boolean;
}

/** Where an instruction was put. */
export interface Emitted {
  /** Offset of the instruction proper. */
  readonly offset: number;
  readonly swapped: boolean;
  /** The program's rcx is in its slot. */
  readonly withoutRcx?: boolean;
}

/**
 * Copies instructions into a fragment, where r15 is the end of the log and r14 is scratch: the
 * program's own are in their slots.
 */
export class InstructionEmitter {
  /** `at`: where the assembler's first byte will lie. `area`: of the thread. */
  constructor(
    readonly assembler: Assembler,
    readonly at: number,
    readonly area: number,
  ) {}

  /**
   * The instruction; with `traced`, on the other view of its memory operand. Null where it cannot be
   * put here (its operand is too far away), and nothing was written.
   */
  instruction(source: Source, traced: boolean): Emitted | null {
    const { raw, encodingClass } = source;
    if (!namesHighest(raw, encodingClass)) {
      const before = this.assembler.length;
      const offset = this.#copy(source, traced, raw.bytes, source.length);
      if (offset === null) this.assembler.length = before;
      return offset === null ? null : { offset, swapped: false };
    }
    const uses = usesOf(raw, encodingClass);
    const of14 = uses.filter(({ register }) => register === r14);
    const of15 = uses.filter(({ register }) => register === r15);
    const before = this.assembler.length;
    const emitted =
      of15.length === 0
        ? this.#with14(source, traced, of14)
        : this.#with15(source, traced, of14, of15);
    if (emitted === null) this.assembler.length = before;
    return emitted;
  }

  /** Puts `base + index*scale + displacement` of the operand into r14. */
  address(source: Source, displacement: number): void {
    const { raw } = source;
    const base = registerIn(raw, Field.base);
    const index = registerIn(raw, Field.index);
    const scale = index < 0 ? 1 : scaleIn(raw);
    if (base < 0 && index < 0) {
      const address = isRipRelative(raw) ? source.ip + source.length + displacement : displacement;
      return this.assembler.loadNumber(r14, BigInt(address));
    }
    const [has14, has15] = [base === r14 || index === r14, base === r15 || index === r15];
    const both = has14 && has15;
    const mapped = (register: number) => (register === r15 && !both ? r14 : register);
    if (both) this.#swapIn();
    else if (has14) this.assembler.load(r14, this.area + Slot.r14);
    else if (has15) this.assembler.load(r14, this.area + Slot.r15);
    const isThere = mapped(base) === r14 && index < 0 && displacement === 0;
    if (!isThere) this.assembler.leaSum(r14, mapped(base), mapped(index), scale, displacement);
    if (both) this.assembler.load(r15, this.area + Slot.log);
  }

  /** `mov r14, operand` of `jmp` and `call` through a register or memory. Null as above. */
  branchTarget(source: Source, traced: boolean): Emitted | null {
    const { raw } = source;
    if (!hasMemoryOperand(raw)) {
      const register = registerIn(raw, Field.rm);
      const offset = this.assembler.length;
      if (register === r14) this.assembler.load(r14, this.area + Slot.r14);
      else if (register === r15) this.assembler.load(r14, this.area + Slot.r15);
      else this.assembler.move(r14, register);
      return { offset, swapped: false };
    }
    const base = registerIn(raw, Field.base);
    const index = registerIn(raw, Field.index);
    if ([base, index].includes(r14) && [base, index].includes(r15)) return null;
    return this.instruction(loadOfTarget(source), traced);
  }

  #with14(source: Source, traced: boolean, of14: readonly Use[]): Emitted | null {
    const { assembler, area } = this;
    if (of14.some(needsLoad)) assembler.load(r14, area + Slot.r14);
    const offset = this.#copy(source, traced, source.raw.bytes, source.length);
    if (offset === null) return null;
    if (of14.some(({ write }) => write)) assembler.save(r14, area + Slot.r14);
    return { offset, swapped: false };
  }

  #with15(
    source: Source,
    traced: boolean,
    of14: readonly Use[],
    of15: readonly Use[],
  ): Emitted | null {
    const { assembler, area } = this;
    const writes14 = of14.some(({ write }) => write);
    const writes15 = of15.some(({ write }) => write);
    const only = (uses: readonly Use[]) => uses.every(({ read, whole }) => !read && whole);
    // r14 can stand for both where one of them is only written and the other only read.
    const shares = (of14.length === 0 || only(of14) || only(of15)) && !(writes14 && writes15);
    if (!shares) return this.#swapped(source, traced, writes14, writes15);
    const bytes = source.raw.bytes.slice(0, source.length);
    for (const { field } of of15) lowerRegister(source.raw, field, bytes);
    if (of15.some(needsLoad)) assembler.load(r14, area + Slot.r15);
    else if (of14.some(needsLoad)) assembler.load(r14, area + Slot.r14);
    const offset = this.#copy(source, traced, bytes, source.length);
    if (offset === null) return null;
    if (writes14) assembler.save(r14, area + Slot.r14);
    if (writes15) assembler.save(r14, area + Slot.r15);
    return { offset, swapped: false };
  }

  /** The program's own r14 and r15, for the length of the instruction. */
  #swapped(source: Source, traced: boolean, writes14: boolean, writes15: boolean): Emitted | null {
    const { assembler, area } = this;
    this.#swapIn();
    const offset = this.#copy(source, traced, source.raw.bytes, source.length);
    if (offset === null) return null;
    if (writes14) assembler.save(r14, area + Slot.r14);
    if (writes15) assembler.save(r15, area + Slot.r15);
    assembler.load(r15, area + Slot.log);
    return { offset, swapped: true };
  }

  #swapIn(): void {
    const { assembler, area } = this;
    assembler.save(r15, area + Slot.log);
    assembler.load(r15, area + Slot.r15);
    assembler.load(r14, area + Slot.r14);
  }

  /** The offset of the instruction; null where its rip-relative operand cannot be reached. */
  #copy({ ip, raw }: Source, traced: boolean, bytes: Uint8Array, length: number): number | null {
    const { assembler } = this;
    const offset = assembler.length;
    if (traced) assembler.raw(GS_PREFIX);
    assembler.copy(bytes, length);
    if (!isRipRelative(raw)) return offset;
    const moved = ip + length - (this.at + assembler.length);
    const place = assembler.length - length + raw.displacementAt;
    const displacement = moved + readInt32(assembler.bytes, place);
    if (displacement !== (displacement | 0)) return null;
    assembler.setInt32(place, displacement);
    return offset;
  }
}

/** It names r14 or r15. */
export function namesHighest(raw: RawInstruction, { registers }: EncodingClass): boolean {
  for (const { field } of registers) if (registerIn(raw, field) >= r14) return true;
  if (!hasMemoryOperand(raw)) return false;
  return registerIn(raw, Field.base) >= r14 || registerIn(raw, Field.index) >= r14;
}

/** The general registers that an instruction writes, as bits. */
export function writtenBy(
  raw: RawInstruction,
  { registers, impliedWrites }: EncodingClass,
): number {
  let written = impliedWrites;
  for (const { field, write, isByte } of registers) {
    if (!write) continue;
    const number = registerIn(raw, field);
    const isHighByte = isByte && number >= 4 && raw.prefixAt < 0;
    written |= 1 << (isHighByte ? number - 4 : number);
  }
  return written;
}

/** General registers that an instruction names, with what it does to them. */
function usesOf(raw: RawInstruction, encodingClass: EncodingClass): Use[] {
  const uses: Use[] = encodingClass.registers.map((named) => ({
    ...named,
    register: registerIn(raw, named.field),
  }));
  if (!hasMemoryOperand(raw)) return uses;
  for (const field of [Field.base, Field.index] as const) {
    const register = registerIn(raw, field);
    if (register >= 0) uses.push({ field, register, read: true, write: false, whole: false });
  }
  return uses;
}

/** A part of the register that is not written stays. */
const needsLoad = ({ read, write, whole }: Use) => read || (write && !whole);

/** `jmp [m]` and `call [m]` as `mov r14, [m]`. */
function loadOfTarget(source: Source): Source {
  const { raw, encodingClass } = source;
  const { bytes, modrmAt, prefixAt } = raw;
  const tail = bytes.subarray(modrmAt, source.length);
  const extensions = prefixAt < 0 ? 0 : bytes[prefixAt]! & 3;
  const head = [0x4c | extensions, 0x8b];
  const load = Uint8Array.from([...head, ...tail]);
  load[2] = (load[2]! & 0xc7) | ((r14 & 7) << 3);
  const moved = modrmAt - 2;
  return {
    ip: source.ip + moved, // so that its end, which a rip-relative operand counts from, stays
    length: load.length,
    raw: {
      bytes: load,
      encoding: raw.encoding,
      map: raw.map,
      opcodeAt: 1,
      prefixAt: 0,
      prefixes: 0,
      modrmAt: 2,
      hasSib: raw.hasSib,
      displacementAt: raw.displacementAt < 0 ? -1 : raw.displacementAt - moved,
      displacementSize: raw.displacementSize,
      headLength: raw.headLength - moved,
    },
    encodingClass: { ...encodingClass, registers: [] },
  };
}

function readInt32(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}
