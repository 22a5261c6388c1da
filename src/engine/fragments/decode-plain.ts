import type { TraceeAddress } from "../../model/index.js";
import type { DecodedInstruction, MemoryOperand } from "../decode/index.js";
import { knownShape } from "./known-shapes.js";
import { isRipRelative, parseInstruction, type RawInstruction } from "./raw-instruction.js";
import { Field, registerIn, scaleIn } from "./register-fields.js";
import { displacementOf, type Shape } from "./shape.js";

const NO_NEEDS = { vectors: false, after: false, memory: false };

/**
 * The instruction that `bytes` begin with, if it is one with a plain memory operand and its shape is known;
 * else null. It is what iced makes of it, without iced: a session's first access would wait for iced's
 * code to be compiled and for its tables.
 */
export function decodePlain(bytes: Uint8Array, ip: TraceeAddress): DecodedInstruction | null {
  const raw = parseInstruction(bytes);
  const shape = raw && knownShape(raw);
  if (!raw || shape?.memory !== "plain" || shape.flow !== "next") return null;
  const length = raw.headLength + shape.immediateSize;
  if (length > bytes.length) return null;
  return {
    ip,
    length,
    form: { tag: "plain" },
    operands: [operandOf(raw, shape, ip + length)],
    needs: NO_NEEDS,
    pushesFlags: false,
  };
}

/** `next`: the address behind the instruction. */
function operandOf(raw: RawInstruction, shape: Shape, next: number): MemoryOperand {
  const ripRelative = isRipRelative(raw);
  const displacement = displacementOf(raw, shape) + (ripRelative ? next : 0);
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
    kind: shape.kind,
    size: shape.size,
    explicit: true,
  };
}
