import { displacementOf } from "./encoding-class.js";
import { int32At, isRipRelative, LegacyPrefix } from "./raw-instruction.js";
import { Field, registerIn, scaleIn } from "./register-fields.js";
import type { Source } from "./source-instruction.js";

/** The registers that hold a function's first four arguments (System V ABI 3.2.3), by number. */
export const ARGUMENT_REGISTERS = [7, 6, 2, 1] as const; // rdi, rsi, rdx, rcx

/** Aligned pointers and what was cut off of them: the low bits of the first two arguments, as many at a time. */
const LOW_BITS: readonly number[] = [4, 5, 6, 7, 12, 32];

/** What has low bits that are followed: the first arguments. */
const CUT_ARGUMENTS = 2;

/** The arguments, and behind them the low bits of the first of them, by argument and by {@link LOW_BITS}. */
export const VARIABLES = ARGUMENT_REGISTERS.length + CUT_ARGUMENTS * LOW_BITS.length;

/** A variable that is the low bits of an argument. */
export interface LowPart {
  readonly variable: number;
  readonly argument: number;
  readonly bits: number;
}

export const LOW_PARTS: readonly LowPart[] = Array.from({ length: CUT_ARGUMENTS }, (_, argument) =>
  LOW_BITS.map((bits, i) => ({
    variable: ARGUMENT_REGISTERS.length + argument * LOW_BITS.length + i,
    argument,
    bits,
  })),
).flat();

/**
 * `constant` plus `factors[i]` times variable i, modulo 2^64: what a register holds, told by what the
 * arguments were when the function was entered. Both are small: see {@link LARGEST}.
 */
export interface Linear {
  readonly constant: number;
  readonly factors: readonly number[];
}

/** Of the 16 general registers; null for one that depends on more than the arguments. */
export type LinearState = readonly (Linear | null)[];

const NO_FACTORS: readonly number[] = new Array<number>(VARIABLES).fill(0);

/** A sum with larger parts is not followed: here numbers are exact. */
const LARGEST = 2 ** 48;

const constantOf = (constant: number): Linear => ({ constant, factors: NO_FACTORS });

/** What the registers hold when a function is entered. */
export function entryState(): LinearState {
  return Array.from({ length: 16 }, (_, number) => {
    const argument = (ARGUMENT_REGISTERS as readonly number[]).indexOf(number);
    return argument < 0 ? null : variable(argument);
  });
}

/** What an instruction leaves in its register, where that is a sum again. */
export function resultOf(
  source: Source,
  state: LinearState,
): { register: number; value: Linear | null } | null {
  const { raw, encodingClass } = source;
  const { bytes, map, opcodeAt, prefixAt, prefixes, modrmAt } = raw;
  if (raw.encoding !== 0 || map !== 0 || modrmAt < 0) return null;
  if (prefixes & (LegacyPrefix.operandSize | LegacyPrefix.addressSize)) return null;
  const opcode = bytes[opcodeAt]!;
  const extension = (bytes[modrmAt]! >> 3) & 7;
  const isWide = prefixAt >= 0 && (bytes[prefixAt]! & 8) !== 0; // REX.W
  const reg = registerIn(raw, Field.reg);
  if (opcode === 0x8d) return isWide ? { register: reg, value: leaValue(source, state) } : null;
  if (bytes[modrmAt]! >> 6 !== 3) return null;
  const rm = registerIn(raw, Field.rm);
  const immediate = (): number =>
    encodingClass.immediateSize === 1
      ? (bytes[raw.headLength]! << 24) >> 24
      : int32At(bytes, raw.headLength);
  if ((opcode === 0x31 || opcode === 0x33) && reg === rm) {
    return { register: rm, value: constantOf(0) }; // xor: also the 32 bits clear all
  }
  if ((opcode === 0x81 || opcode === 0x83) && extension === 4) {
    return { register: rm, value: masked(state[rm]!, immediate(), isWide) };
  }
  if (!isWide) {
    if (opcode === 0x89) return { register: rm, value: lowOf(state[reg]!, 32) };
    return opcode === 0x8b ? { register: reg, value: lowOf(state[rm]!, 32) } : null;
  }
  switch (opcode) {
    case 0x89:
      return { register: rm, value: state[reg]! };
    case 0x8b:
      return { register: reg, value: state[rm]! };
    case 0x01:
      return { register: rm, value: sum(state[rm]!, state[reg]!, 1) };
    case 0x03:
      return { register: reg, value: sum(state[reg]!, state[rm]!, 1) };
    case 0x29:
      return { register: rm, value: sum(state[rm]!, state[reg]!, -1) };
    case 0x2b:
      return { register: reg, value: sum(state[reg]!, state[rm]!, -1) };
    case 0x81:
    case 0x83:
      if (extension === 0)
        return { register: rm, value: sum(state[rm]!, constantOf(immediate()), 1) };
      if (extension === 5)
        return { register: rm, value: sum(state[rm]!, constantOf(immediate()), -1) };
      return null;
    case 0xc1: // shl
      return extension === 4 || extension === 6
        ? {
            register: rm,
            value: sum(constantOf(0), state[rm]!, 2 ** (bytes[raw.headLength]! & 63)),
          }
        : null;
    case 0xc7:
      return { register: rm, value: constantOf(immediate()) };
    case 0xf7: // neg
      return extension === 3 ? { register: rm, value: sum(constantOf(0), state[rm]!, -1) } : null;
    case 0xff:
      if (extension > 1) return null; // inc, dec
      return { register: rm, value: sum(state[rm]!, constantOf(1), extension === 0 ? 1 : -1) };
    default:
      return null;
  }
}

/** `and` with a mask: of low bits, or of all others. */
function masked(value: Linear | null, mask: number, isWide: boolean): Linear | null {
  const bits = Math.log2(mask < 0 ? -mask : mask + 1);
  const low = Number.isInteger(bits) ? lowOf(value, bits) : null;
  if (mask > 0) return low;
  return isWide && low ? sum(value, low, -1) : null;
}

/** The low bits of what is an argument, but for a constant without such bits; or of what are low bits. */
function lowOf(value: Linear | null, bits: number): Linear | null {
  if (!value) return null;
  const used = value.factors.flatMap((factor, i) => (factor === 0 ? [] : [i]));
  const [only] = used;
  if (only === undefined || used.length > 1 || value.factors[only] !== 1) return null;
  const whole = LOW_PARTS.find(({ variable }) => variable === only);
  if (whole && value.constant === 0 && whole.bits <= bits) return value;
  if (whole ? value.constant !== 0 : value.constant % 2 ** bits !== 0) return null;
  const argument = whole?.argument ?? only;
  const part = LOW_PARTS.find((low) => low.argument === argument && low.bits === bits);
  return part ? variable(part.variable) : null;
}

const variable = (index: number): Linear => ({
  constant: 0,
  factors: NO_FACTORS.map((_, i) => (i === index ? 1 : 0)),
});

function leaValue(source: Source, state: LinearState): Linear | null {
  const { raw, encodingClass } = source;
  if (isRipRelative(raw))
    return constantOf(source.ip + source.length + displacementOf(raw, encodingClass));
  const base = registerIn(raw, Field.base);
  const index = registerIn(raw, Field.index);
  let value: Linear | null = constantOf(displacementOf(raw, encodingClass));
  if (base >= 0) value = sum(value, state[base]!, 1);
  if (index >= 0) value = sum(value, state[index]!, scaleIn(raw));
  return value;
}

/** `one` plus `factor` times `other`; null where it is not followed. */
function sum(one: Linear | null, other: Linear | null, factor: number): Linear | null {
  if (!one || !other) return null;
  const constant = one.constant + factor * other.constant;
  const factors = one.factors.map((own, i) => own + factor * other.factors[i]!);
  const isSmall = [constant, ...factors].every((part) => Math.abs(part) < LARGEST);
  return isSmall ? { constant, factors } : null;
}
