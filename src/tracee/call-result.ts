import type { ValueClass } from "../abi/index.js";
import type { ReturnValue, WireType } from "../ipc/index.js";
import { FRAME } from "./call-code.js";

/** What a function returned, by the registers in the frame of its call, or in `memory`. */
export function resultOf(
  frame: DataView,
  type: WireType | ValueClass,
  memory: Uint8Array,
): ReturnValue {
  const at = FRAME.integerResults;
  switch (type) {
    case "void":
      return { kind: "void" };
    case "bool":
    case "u8":
      return { kind: "int", value: frame.getUint8(at) };
    case "i8":
      return { kind: "int", value: frame.getInt8(at) };
    case "i16":
      return { kind: "int", value: frame.getInt16(at, true) };
    case "u16":
      return { kind: "int", value: frame.getUint16(at, true) };
    case "i32":
      return { kind: "int", value: frame.getInt32(at, true) };
    case "u32":
      return { kind: "int", value: frame.getUint32(at, true) };
    case "i64":
      return { kind: "int", value: narrowed(frame.getBigInt64(at, true)) };
    case "u64":
    case "ptr":
      return { kind: "int", value: narrowed(frame.getBigUint64(at, true)) };
    case "f32":
      return { kind: "float", value: frame.getFloat32(FRAME.vectorResults, true) };
    case "f64":
      return { kind: "float", value: frame.getFloat64(FRAME.vectorResults, true) };
    default:
      return { kind: "bytes", value: Buffer.from(bytesOf(frame, type, memory)).toString("hex") };
  }
}

/** 3.2.3, "Returning of Values": each class has its next register. */
function bytesOf(frame: DataView, type: ValueClass, memory: Uint8Array): Uint8Array {
  if (type === "memory") return memory;
  const words = type === "none" ? [] : type.split("-");
  const size = words[0] === "x87" ? 16 : 8;
  const bytes = new Uint8Array(words.length * size);
  const next = {
    integer: FRAME.integerResults,
    sse: FRAME.vectorResults,
    x87: FRAME.x87Results,
  } as Record<string, number>;
  for (const [i, word] of words.entries()) {
    const at = next[word];
    if (at === undefined) continue;
    bytes.set(new Uint8Array(frame.buffer, frame.byteOffset + at, size), i * size);
    next[word] = at + size;
  }
  return bytes;
}

function narrowed(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
