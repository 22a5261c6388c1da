import { shapeOf } from "./known-shapes.js";
import {
  hasMemoryOperand,
  int32At,
  isRipRelative,
  parseInstruction,
  type RawInstruction,
} from "./raw-instruction.js";
import { Field, registerIn } from "./register-fields.js";
import { displacementOf, type Shape } from "./shape.js";

/** An instruction of the program at the address that it has there. */
export interface Source {
  readonly ip: number;
  readonly raw: RawInstruction;
  readonly shape: Shape;
  /** In bytes. */
  readonly length: number;
}

/** Of an instruction at the most, in bytes (SDM vol. 2A, 2.3.11). */
const MAX_LENGTH = 15;

/** The instruction at `ip`, at `offset` in `code`. Null where it is not known, or not all there. */
export function sourceAt(ip: number, code: Uint8Array, offset: number): Source | null {
  const raw = parseInstruction(code.subarray(offset, offset + MAX_LENGTH));
  const shape = raw && shapeOf(raw);
  if (!raw || !shape) return null;
  const length = raw.headLength + shape.immediateSize;
  return offset + length > code.length ? null : { ip, raw, shape, length };
}

export function isSyscall({ raw: { map, bytes, opcodeAt } }: Source): boolean {
  return map === 1 && bytes[opcodeAt] === 0x05;
}

/** The operand's address where no general register is in it. */
export function constantAddress({ ip, raw, shape, length }: Source): number | null {
  if (!hasMemoryOperand(raw)) return null;
  const displacement = displacementOf(raw, shape);
  if (isRipRelative(raw)) return ip + length + displacement;
  const hasRegister = registerIn(raw, Field.base) >= 0 || registerIn(raw, Field.index) >= 0;
  return hasRegister ? null : displacement;
}

/** Of a branch to a known address: from the instruction's end, in bytes. */
export function branchDisplacement({ raw, shape }: Source): number {
  const at = raw.headLength;
  return shape.immediateSize === 1 ? (raw.bytes[at]! << 24) >> 24 : int32At(raw.bytes, at);
}

/** What `ret` with an operand takes off the stack behind the return address, in bytes. */
export function releasedBy({ raw: { bytes, headLength }, shape }: Source): number {
  return shape.immediateSize === 2 ? bytes[headLength]! | (bytes[headLength + 1]! << 8) : 0;
}
