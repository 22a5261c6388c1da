import type { TraceeAddress } from "../../model/index.js";
import type { Form } from "./form.js";
import { formOf } from "./form-of.js";
import { withDecoded } from "./iced.js";
import { Code, Mnemonic } from "./iced-x86.js";
import type { IcedInstruction, Needs } from "./instruction.js";
import { operandsOf } from "./operands.js";

/** An x86 instruction is at most this long, in bytes (SDM vol. 2A, 2.3.11). */
export const MAX_INSTRUCTION_LENGTH = 15;

const PUSHES_FLAGS: ReadonlySet<number> = new Set([
  Mnemonic.Pushf,
  Mnemonic.Pushfd,
  Mnemonic.Pushfq,
]);

/**
 * Decodes the instruction that `bytes` begins with, for execution at `ip`. Never throws: what is
 * no instruction, or is cut off, has the form `unknown`.
 */
export function decodeInstruction(bytes: Uint8Array, ip: TraceeAddress): IcedInstruction {
  return withDecoded(bytes.subarray(0, MAX_INSTRUCTION_LENGTH), BigInt(ip), (instruction, info) => {
    const operands = operandsOf(instruction, info);
    const form = formOf(instruction, operands);
    return {
      ip,
      length: instruction.code === Code.INVALID ? 0 : instruction.length,
      code: instruction.code,
      mnemonic: instruction.mnemonic,
      form,
      operands: form.tag === "none" ? [] : operands,
      needs: needsOf(form),
      pushesFlags: PUSHES_FLAGS.has(instruction.mnemonic),
    };
  });
}

function needsOf(form: Form): Needs {
  const readsHeader = form.tag === "save-area" && form.operation !== "xsave";
  return {
    vectors: form.tag === "masked" || form.tag === "indexed" || form.tag === "save-area",
    after: form.tag === "compare-exchange" || form.tag === "rep-string" || readsHeader,
    memory: readsHeader,
  };
}
