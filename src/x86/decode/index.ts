export { accessesOf } from "./accesses.js";
export { decodeInstruction, MAX_INSTRUCTION_LENGTH } from "./decode-instruction.js";
export type * from "./form.js";
export type * from "./instruction.js";
export { maskedSpans } from "./masked.js";
export type { MemoryAccess, MemoryReader } from "./memory-access.js";
export { Gpr, type Registers, Rflags } from "./registers.js";
export {
  isCanonical,
  protectionFault,
  type WantedAddress,
  type WordReader,
  wantedAddresses,
} from "./wanted-address.js";
export { compactedLayout, standardLayout, type XsaveLayout } from "./xsave-layout.js";
