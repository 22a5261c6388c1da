import type { Condition, Form, SaveArea } from "./form.js";
import { Code, type Instruction, Mnemonic, OpKind, RegisterExt } from "./iced-x86.js";
import type { MemoryOperand } from "./instruction.js";
import { vectorFormOf } from "./vector-form.js";

/** They name memory and access no data (SDM vol. 2); iced calls most of them reads of a byte. */
const NO_DATA_ACCESS: ReadonlySet<Mnemonic> = new Set([
  Mnemonic.Clflush,
  Mnemonic.Clflushopt,
  Mnemonic.Clwb,
  Mnemonic.Monitor,
  Mnemonic.Monitorx,
  Mnemonic.Umonitor,
]);

/** Implied operands that iced does not list, or effects outside this model. */
const NOT_UNDERSTOOD: ReadonlySet<Mnemonic> = new Set([
  // Knights Mill.
  Mnemonic.V4fmaddps,
  Mnemonic.V4fmaddss,
  Mnemonic.V4fnmaddps,
  Mnemonic.V4fnmaddss,
  Mnemonic.Vp4dpwssd,
  Mnemonic.Vp4dpwssds,
  Mnemonic.Enqcmd,
  Mnemonic.Enqcmds,
  Mnemonic.Enclu,
  Mnemonic.Senduipi,
  Mnemonic.Slwpcb,
  Mnemonic.Llwpcb,
  Mnemonic.Lwpins,
  Mnemonic.Lwpval,
  Mnemonic.Incsspd,
  Mnemonic.Incsspq,
  Mnemonic.Saveprevssp,
]);

const SAVE_AREA: ReadonlyMap<Mnemonic, SaveArea["operation"]> = new Map([
  [Mnemonic.Xsave, "xsave"],
  [Mnemonic.Xsave64, "xsave"],
  [Mnemonic.Xsavec, "xsavec"],
  [Mnemonic.Xsavec64, "xsavec"],
  [Mnemonic.Xsaveopt, "xsaveopt"],
  [Mnemonic.Xsaveopt64, "xsaveopt"],
  [Mnemonic.Xrstor, "xrstor"],
  [Mnemonic.Xrstor64, "xrstor"],
]);

/** The condition under which `cmpxchg` and `cmpccxadd` write. */
const COMPARE_EXCHANGE: ReadonlyMap<Mnemonic, Condition> = new Map([
  [Mnemonic.Cmpxchg, 4],
  [Mnemonic.Cmpxchg8b, 4],
  [Mnemonic.Cmpxchg16b, 4],
  [Mnemonic.Cmpoxadd, 0],
  [Mnemonic.Cmpnoxadd, 1],
  [Mnemonic.Cmpbxadd, 2],
  [Mnemonic.Cmpnbxadd, 3],
  [Mnemonic.Cmpzxadd, 4],
  [Mnemonic.Cmpnzxadd, 5],
  [Mnemonic.Cmpbexadd, 6],
  [Mnemonic.Cmpnbexadd, 7],
  [Mnemonic.Cmpsxadd, 8],
  [Mnemonic.Cmpnsxadd, 9],
  [Mnemonic.Cmppxadd, 10],
  [Mnemonic.Cmpnpxadd, 11],
  [Mnemonic.Cmplxadd, 12],
  [Mnemonic.Cmpnlxadd, 13],
  [Mnemonic.Cmplexadd, 14],
  [Mnemonic.Cmpnlexadd, 15],
]);

const ENDS_ON_FLAG: ReadonlySet<Mnemonic> = new Set([
  Mnemonic.Cmpsb,
  Mnemonic.Cmpsw,
  Mnemonic.Cmpsd,
  Mnemonic.Cmpsq,
  Mnemonic.Scasb,
  Mnemonic.Scasw,
  Mnemonic.Scasd,
  Mnemonic.Scasq,
]);

/** Classifies an instruction. The first rule that fits decides. */
export function formOf(instruction: Instruction, operands: readonly MemoryOperand[]): Form {
  const { mnemonic } = instruction;
  if (instruction.code === Code.INVALID) return unknown("the bytes are no instruction");
  if (NOT_UNDERSTOOD.has(mnemonic)) return unknown(`${Mnemonic[mnemonic]} is not understood`);
  if (operands.length === 0 || NO_DATA_ACCESS.has(mnemonic)) return { tag: "none" };
  if (instruction.code === Code.Movsxd_r16_rm16) return unknown("Intel reads 2 bytes, AMD 4");
  if (isRepeated(instruction)) {
    const addressBits = operands[0]!.addressBits;
    return { tag: "rep-string", endsOnFlag: ENDS_ON_FLAG.has(mnemonic), addressBits };
  }
  const operation = SAVE_AREA.get(mnemonic);
  if (operation) return { tag: "save-area", operation };
  if (mnemonic === Mnemonic.Clzero) return { tag: "cache-line" };
  if (operands.some((operand) => operand.size === 0)) {
    return unknown(`the operand size of ${Mnemonic[mnemonic]} is not known`);
  }
  const bit = bitRegisterOf(instruction);
  if (bit !== null) return { tag: "bit-offset", register: bit };
  const condition = COMPARE_EXCHANGE.get(mnemonic);
  if (condition !== undefined) return { tag: "compare-exchange", condition };
  return vectorFormOf(instruction, operands[0]!) ?? { tag: "plain" };
}

/** The general register that holds the bit's number, of `bt` and its kin with a memory operand. */
function bitRegisterOf(instruction: Instruction): number | null {
  const { mnemonic } = instruction;
  const isBitTest =
    mnemonic === Mnemonic.Bt ||
    mnemonic === Mnemonic.Bts ||
    mnemonic === Mnemonic.Btr ||
    mnemonic === Mnemonic.Btc;
  if (!isBitTest || instruction.opKind(1) !== OpKind.Register) return null;
  return RegisterExt.number(instruction.opRegister(1));
}

function unknown(reason: string): Form {
  return { tag: "unknown", reason };
}

function isRepeated(instruction: Instruction): boolean {
  return (
    instruction.isStringInstruction && (instruction.hasRepPrefix || instruction.hasRepnePrefix)
  );
}
