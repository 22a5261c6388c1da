import { Encoding, type RawInstruction } from "./raw-instruction.js";

/** The fields of an encoding that name a register, as numbers for tables and masks. */
export const Field = { reg: 0, rm: 1, vvvv: 2, opcode: 3, base: 4, index: 5 } as const;

export type FieldName = (typeof Field)[keyof typeof Field];

/**
 * The number (0 to 15) of the general register that a field names; -1 for no base or no index. A
 * register in `rm` is asked for only where ModRM names no memory.
 */
export function registerIn(raw: RawInstruction, field: FieldName): number {
  const { bytes, modrmAt } = raw;
  switch (field) {
    case Field.reg:
      return ((bytes[modrmAt]! >> 3) & 7) | (extension(raw, 2) << 3);
    case Field.rm:
      return (bytes[modrmAt]! & 7) | (extension(raw, 0) << 3);
    case Field.opcode:
      return (bytes[raw.opcodeAt]! & 7) | (extension(raw, 0) << 3);
    case Field.vvvv:
      return (~bytes[vvvvAt(raw)]! >> 3) & 15;
    case Field.base:
      return baseOf(raw);
    default:
      return indexOf(raw);
  }
}

/** 1, 2, 4 or 8, of the index. */
export function scaleIn({ bytes, modrmAt }: RawInstruction): number {
  return 1 << (bytes[modrmAt + 1]! >> 6);
}

/** In `bytes`, a copy of the instruction, a field that names r15 names r14 instead. */
export function lowerRegister(raw: RawInstruction, field: FieldName, bytes: Uint8Array): void {
  const { modrmAt, hasSib } = raw;
  switch (field) {
    case Field.reg:
      bytes[modrmAt]! &= ~(1 << 3);
      break;
    case Field.rm:
      bytes[modrmAt]! &= ~1;
      break;
    case Field.opcode:
      bytes[raw.opcodeAt]! &= ~1;
      break;
    case Field.vvvv:
      bytes[vvvvAt(raw)]! |= 1 << 3; // inverted
      break;
    case Field.base:
      bytes[hasSib ? modrmAt + 1 : modrmAt]! &= ~1;
      break;
    default:
      bytes[modrmAt + 1]! &= ~(1 << 3);
  }
}

function baseOf(raw: RawInstruction): number {
  const { bytes, modrmAt, hasSib } = raw;
  const modrm = bytes[modrmAt]!;
  const low = (hasSib ? bytes[modrmAt + 1]! : modrm) & 7;
  if (low === 5 && modrm >> 6 === 0) return -1; // displacement alone, or rip
  return low | (extension(raw, 0) << 3);
}

function indexOf(raw: RawInstruction): number {
  if (!raw.hasSib) return -1;
  const index = ((raw.bytes[raw.modrmAt + 1]! >> 3) & 7) | (extension(raw, 1) << 3);
  return index === 4 ? -1 : index;
}

/** Bit 3 of a register's number: REX.B (0), REX.X (1) and REX.R (2), which VEX and EVEX have inverted. */
function extension({ bytes, encoding, prefixAt }: RawInstruction, bit: 0 | 1 | 2): number {
  if (prefixAt < 0) return 0;
  if (encoding === Encoding.legacy) return (bytes[prefixAt]! >> bit) & 1;
  if (encoding === Encoding.vex2) return bit === 2 ? (~bytes[prefixAt + 1]! >> 7) & 1 : 0;
  return (~bytes[prefixAt + 1]! >> (bit + 5)) & 1;
}

function vvvvAt({ encoding, prefixAt }: RawInstruction): number {
  return encoding === Encoding.vex2 ? prefixAt + 1 : prefixAt + 2;
}
