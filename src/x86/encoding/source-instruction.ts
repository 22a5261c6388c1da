import { displacementOf, type EncodingClass } from "./encoding-class.js";
import { classOf } from "./known-classes.js";
import {
  hasMemoryOperand,
  int32At,
  isRipRelative,
  parseInstruction,
  type RawInstruction,
} from "./raw-instruction.js";
import { Field, registerIn } from "./register-fields.js";

/** An instruction of the program at the address that it has there. */
export interface Source {
  readonly ip: number;
  readonly raw: RawInstruction;
  readonly encodingClass: EncodingClass;
  /** In bytes. */
  readonly length: number;
}

/** Of an instruction at the most, in bytes (SDM vol. 2A, 2.3.11). */
const MAX_LENGTH = 15;

/** The instruction at `ip`, at `offset` in `code`. Null where it is not known, or not all there. */
export function sourceAt(ip: number, code: Uint8Array, offset: number): Source | null {
  const raw = parseInstruction(code.subarray(offset, offset + MAX_LENGTH));
  const encodingClass = raw && classOf(raw);
  if (!raw || !encodingClass) return null;
  const length = raw.headLength + encodingClass.immediateSize;
  return offset + length > code.length ? null : { ip, raw, encodingClass, length };
}

export function isSyscall({ raw: { map, bytes, opcodeAt } }: Source): boolean {
  return map === 1 && bytes[opcodeAt] === 0x05;
}

/** `popf`: what follows may be stepped by the program itself (the trap flag), and is to be its own code. */
export function popsFlags({ map, bytes, opcodeAt }: RawInstruction): boolean {
  return map === 0 && bytes[opcodeAt] === 0x9d;
}

/** The operand's address where no general register is in it. */
export function constantAddress({ ip, raw, encodingClass, length }: Source): number | null {
  if (!hasMemoryOperand(raw)) return null;
  const displacement = displacementOf(raw, encodingClass);
  if (isRipRelative(raw)) return ip + length + displacement;
  const hasRegister = registerIn(raw, Field.base) >= 0 || registerIn(raw, Field.index) >= 0;
  return hasRegister ? null : displacement;
}

/** Of a branch to a known address: from the instruction's end, in bytes. */
export function branchDisplacement({ raw, encodingClass }: Source): number {
  const at = raw.headLength;
  return encodingClass.immediateSize === 1 ? (raw.bytes[at]! << 24) >> 24 : int32At(raw.bytes, at);
}

/** What `ret` with an operand takes off the stack behind the return address, in bytes. */
export function releasedBy({ raw: { bytes, headLength }, encodingClass }: Source): number {
  return encodingClass.immediateSize === 2 ? bytes[headLength]! | (bytes[headLength + 1]! << 8) : 0;
}
