import type { TraceeAddress } from "../../model/index.js";
import type { DecodedInstruction, MemoryOperand } from "../decode/index.js";
import { displacementOf, type EncodingClass } from "./encoding-class.js";
import { knownClass } from "./known-classes.js";
import { isRipRelative, parseInstruction, type RawInstruction } from "./raw-instruction.js";
import { Field, registerIn, scaleIn } from "./register-fields.js";

const NO_NEEDS = { vectors: false, after: false, memory: false };

/**
 * Decodes the instruction at the beginning of `bytes` without iced, if its encoding class is known
 * and its memory operand is plain; else null. The result is what iced gives. A session's first
 * access would otherwise wait for iced to be compiled and to make its tables.
 */
export function decodePlain(bytes: Uint8Array, ip: TraceeAddress): DecodedInstruction | null {
  const raw = parseInstruction(bytes);
  const encodingClass = raw && knownClass(raw);
  if (!raw || encodingClass?.memory !== "plain" || encodingClass.flow !== "next") return null;
  const length = raw.headLength + encodingClass.immediateSize;
  if (length > bytes.length) return null;
  return {
    ip,
    length,
    form: { tag: "plain" },
    operands: [operandOf(raw, encodingClass, ip + length)],
    needs: NO_NEEDS,
    pushesFlags: false,
  };
}

/** `next`: the address behind the instruction. */
function operandOf(raw: RawInstruction, encodingClass: EncodingClass, next: number): MemoryOperand {
  const ripRelative = isRipRelative(raw);
  const displacement = displacementOf(raw, encodingClass) + (ripRelative ? next : 0);
  const base = registerIn(raw, Field.base);
  const index = registerIn(raw, Field.index);
  return {
    segment: "flat",
    base: base < 0 ? null : base,
    index: index < 0 ? null : index,
    indexBits: 64,
    scale: index < 0 ? 1 : scaleIn(raw),
    displacement: BigInt(displacement),
    ripRelative,
    addressBits: 64,
    kind: encodingClass.kind,
    size: encodingClass.size,
    explicit: true,
  };
}
