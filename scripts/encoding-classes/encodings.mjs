/**
 * The encodings of instructions without VEX and EVEX, one of each encoding class: what compilers emit unless they
 * are told of a newer processor.
 */
import { decodeInstruction } from "../../dist/x86/decode/index.js";

const MAPS = [[], [0x0f], [0x0f, 0x38], [0x0f, 0x3a]];
const LOCK = 0xf0;
const PREFIXES = [[], [0x66], [0xf2], [0xf3], [LOCK]];
const REX = [[], [0x48]];
const FIELDS = [0, 1, 2, 3, 4, 5, 6, 7]; // `reg` of ModRM: part of some opcodes
/** ModRM of another register, `[rdi]`, and `[rip + displacement]`. */
const OPERANDS = [0xc1, 0x07, 0x05];
const REST = [0x11, 0x22, 0x33, 0x44, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const LENGTH = 15;

export function* encodings() {
  for (const map of MAPS) {
    for (let opcode = 0; opcode < 256; opcode++) {
      for (const prefix of PREFIXES) {
        for (const rex of REX) yield* operandsOf(prefix, [...rex, ...map, opcode]);
      }
    }
  }
}

function* operandsOf(prefix, opcode) {
  for (const field of FIELDS) {
    for (const operand of OPERANDS) {
      const tail = [...opcode, operand | (field << 3), ...REST];
      const bytes = Uint8Array.from([...prefix, ...tail]).slice(0, LENGTH);
      if (prefix[0] > 0x66 && !counts(bytes, Uint8Array.from(tail))) continue;
      yield bytes;
    }
  }
}

/**
 * A repeat prefix that makes it another instruction, or has it run more than once; `lock` where it may
 * stand.
 */
function counts(bytes, without) {
  const [given, plain] = [bytes, without].map((code) => decodeInstruction(code, 0));
  if (bytes[0] === LOCK) return given.form.tag !== "unknown";
  return given.mnemonic !== plain.mnemonic || given.form.tag === "rep-string";
}
