import type { TraceeAddress } from "../../model/index.js";
import { withDecoded } from "./iced.js";
import { FlowControl, OpKind, Register } from "./iced-x86.js";

/** Where an instruction takes the address from that it goes on at. */
export type BranchTarget =
  /** General register, by number. */
  | { readonly from: "register"; readonly number: number }
  /** 8 bytes at its first memory operand. */
  | { readonly from: "memory" }
  /** 8 bytes at the stack pointer. */
  | { readonly from: "stack" }
  /** It goes on behind, or where its own bytes say. */
  | { readonly from: "code" };

/** What the instruction that `bytes` begin with is, beside its memory operands. */
export interface Control {
  readonly target: BranchTarget;
  /** It is the system's to run (`hlt`, `in`, `wrmsr`, `int 0x21`). */
  readonly isForbidden: boolean;
}

const INDIRECT: ReadonlySet<number> = new Set([
  FlowControl.IndirectBranch,
  FlowControl.IndirectCall,
]);

/** How control goes on from an instruction, before registers are known. */
export function controlOf(bytes: Uint8Array, ip: TraceeAddress): Control {
  return withDecoded(bytes, BigInt(ip), (instruction) => {
    const { flowControl } = instruction;
    const isForbidden = instruction.isPrivileged || flowControl === FlowControl.Interrupt;
    if (flowControl === FlowControl.Return) return { target: { from: "stack" }, isForbidden };
    if (!INDIRECT.has(flowControl)) return { target: { from: "code" }, isForbidden };
    if (instruction.opKind(0) === OpKind.Memory) return { target: { from: "memory" }, isForbidden };
    const number = instruction.opRegister(0) - Register.RAX;
    return { target: { from: "register", number }, isForbidden };
  });
}
